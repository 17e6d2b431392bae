import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createIndexes } from './indexes.js';

test('an object stands under every value, and under none after it is removed', () => {
  const indexes = createIndexes<{ tags: string[] }>({ tag: ({ tags }) => tags }, () => assert.fail());
  const object = { tags: ['a', 'b'] };
  indexes.add(object);
  assert.deepEqual([indexes.get('tag', 'a'), indexes.get('tag', 'b')], [[object], [object]]);
  indexes.remove(object);
  assert.deepEqual([indexes.get('tag', 'a'), indexes.get('tag', 'b')], [[], []]);
});

test('an object for which an index function throws is missing from that index alone', () => {
  const errors: unknown[] = [];
  const bad = () => {
    throw new Error('bad');
  };
  const indexes = createIndexes<object>({ bad, good: () => ['x'] }, (error) => errors.push(error));
  indexes.add({});
  assert.equal(indexes.get('good', 'x').length, 1);
  assert.equal(errors.length, 1);
});

test('a value finds all of its objects, few or many, each once', () => {
  const indexes = createIndexes<{ tags: string[] }>({ tag: ({ tags }) => tags }, () => assert.fail());
  const objects = Array.from({ length: 20 }, () => ({ tags: ['a', 'a'] }));
  objects.forEach((object, at) => {
    indexes.add(object);
    assert.deepEqual(indexes.get('tag', 'a'), objects.slice(0, at + 1));
  });
  objects.forEach((object, at) => {
    indexes.remove(object);
    assert.deepEqual(indexes.get('tag', 'a'), objects.slice(at + 1));
  });
});

test('a list that was given stays as it was', () => {
  const indexes = createIndexes<{ tags: string[] }>({ tag: ({ tags }) => tags }, () => assert.fail());
  const [first, second] = [{ tags: ['a'] }, { tags: ['a'] }];
  indexes.add(first);
  const given = indexes.get('tag', 'a');
  indexes.add(second);
  indexes.remove(first);
  assert.equal(given.length, 1);
  assert.equal(given[0], first);
});
