import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTally } from './tally.js';

test('take() gives each key as many places as there are, and none more', () => {
  const tally = createTally(2);
  assert.ok(tally.take('a') && tally.take('a') && tally.take('b'));
  assert.equal(tally.take('a'), undefined);
  assert.ok(tally.take('b'));
});

test('take() gives a place again that was freed, and one only, however often it was freed', () => {
  const tally = createTally(1);
  const free = tally.take('a')!;
  free();
  free();
  assert.ok(tally.take('a'));
  free();
  assert.equal(tally.take('a'), undefined);
});
