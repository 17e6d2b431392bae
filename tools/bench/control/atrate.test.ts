import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atRate } from './atrate.js';

test('atRate() begins so many, in order, and does not wait for them', async () => {
  const never = new Promise<void>(() => undefined);
  const begun = await atRate({ rate: 10_000, count: 3 }, (n) => ({ n, never }));
  assert.deepEqual(
    begun.map(({ n }) => n),
    [0, 1, 2],
  );
});

test('atRate() ends when it is told to, after the first', async () => {
  assert.deepEqual(await atRate({ rate: 10_000, until: AbortSignal.abort() }, (n) => n), [0]);
});
