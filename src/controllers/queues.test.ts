import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countLag, mirrorQueues, orderOf } from './queues.js';

test('orderOf() is the place of a queue among those of mirrors', () => {
  assert.deepEqual(mirrorQueues.map(orderOf), [0, 1, 2]);
  assert.equal(orderOf('links'), -1);
});

test('countLag() is a second, and more where many Links count', () => {
  assert.deepEqual([0, 1, 10, 50, 500].map(countLag), [1_000, 1_000, 2_000, 10_000, 30_000]);
});
