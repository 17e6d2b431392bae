import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createIndexes } from './indexes.js';

test('an object stands under every value, and under none after it is removed', () => {
  const indexes = createIndexes<{ tags: string[] }>({ tag: ({ tags }) => tags }, () => assert.fail());
  const object = { tags: ['a', 'b'] };
  indexes.add('key', object);
  assert.deepEqual([indexes.get('tag', 'a'), indexes.get('tag', 'b')], [[object], [object]]);
  indexes.remove('key', object);
  assert.deepEqual([indexes.get('tag', 'a'), indexes.get('tag', 'b')], [[], []]);
});

test('an object for which an index function throws is missing from that index alone', () => {
  const errors: unknown[] = [];
  const bad = () => {
    throw new Error('bad');
  };
  const indexes = createIndexes<object>({ bad, good: () => ['x'] }, (error) => errors.push(error));
  indexes.add('key', {});
  assert.equal(indexes.get('good', 'x').length, 1);
  assert.equal(errors.length, 1);
});
