import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countLag, mirrorQueues, orderOf } from './queues.js';

test('orderOf() is the place of a queue among those of mirrors', () => {
  assert.deepEqual(mirrorQueues.map(orderOf), [0, 1, 2]);
  assert.equal(orderOf('links'), -1);
});

test('countLag() is a second, and more where many Links count', () => {
  assert.deepEqual(
    [0, 1, 5, 10, 50, 150, 500].map(countLag),
    [1, 1, 1, 2, 10, 30, 30].map((s) => s * 1_000),
  );
});
