import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLabelWatch } from './labelwatch.js';

test('createLabelWatch() says when a change was seen, though somebody asks only later', async () => {
  let now = 10;
  const labels = createLabelWatch(() => now);
  const early = labels.until('a', 1);
  labels.seen('a', 1);
  now = 20;
  labels.seen('a', 1);
  assert.deepEqual([await early, await labels.until('a', 1)], [10, 10]);
});

test('createLabelWatch() takes a later change of the same thing for an overtaken one', async () => {
  let now = 10;
  const labels = createLabelWatch(() => now);
  const [overtaken, last, other] = [labels.until('a', 1), labels.until('a', 3), labels.until('b', 1)];
  labels.seen('a', 2);
  assert.equal(await overtaken, 10);
  now = 20;
  labels.seen('a', 3);
  labels.seen('b', 1);
  assert.deepEqual([await last, await other], [20, 20]);
});
