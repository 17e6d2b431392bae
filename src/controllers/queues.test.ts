import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mirrorQueues, orderOf } from './queues.js';

test('orderOf() is the place of a queue among those of mirrors', () => {
  assert.deepEqual(mirrorQueues.map(orderOf), [0, 1, 2]);
  assert.equal(orderOf('links'), -1);
});
