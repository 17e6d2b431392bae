import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createShares } from './shares.js';

/** How many places sources get that each take as many as they can, one after the other. */
function greedy(sources: number, most: number, weight: number): number[] {
  const shares = createShares(weight);
  return Array.from({ length: sources }, (_, source) => {
    let count = 0;
    while (shares.take('link', String(source), most)) count++;
    return count;
  });
}

test('take() gives one source as much as it leaves, or a part of that', () => {
  assert.deepEqual(greedy(1, 100, 1), [50]);
  assert.deepEqual(greedy(1, 100, 4), [20]);
});

test('take() leaves something to each source, however many came before it', () => {
  assert.deepEqual(greedy(6, 100, 1), [50, 25, 12, 6, 3, 2]);
  assert.deepEqual(greedy(6, 100, 4), [20, 16, 12, 10, 8, 6]);
});

test('take() counts each group by itself', () => {
  const shares = createShares(1);
  assert.ok(shares.take('one', 'a', 2));
  assert.equal(shares.take('one', 'a', 2), undefined);
  assert.ok(shares.take('two', 'a', 2));
});

test('take() gives a place again that was freed, and one only, however often it was freed', () => {
  const shares = createShares(1);
  const free = shares.take('link', 'a', 2)!;
  free();
  free();
  assert.ok(shares.take('link', 'a', 2));
  free();
  assert.equal(shares.take('link', 'a', 2), undefined);
});
