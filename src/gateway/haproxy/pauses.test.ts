import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mostOld, pauseAfter, surplus } from './pauses.js';
import type { Worker } from './runtime.js';

const aWorker = (reloads: number, old = true): Worker => ({
  ...{ pid: 100 + reloads, reloads, old },
  ask: () => Promise.reject(new Error('unused')),
  tell: () => Promise.reject(new Error('unused')),
});

test('the first reload is at once, and pauses grow with what reloads leave behind', () => {
  const pauses = Array.from({ length: mostOld + 1 }, (_, old) => pauseAfter(old, 0) / 1_000);
  assert.deepEqual(pauses, [0, 1, 2, 4, 8, 16, 30, 30, 300]);
});

test('what HAProxy has refused is tried again after growing pauses, too, of half a minute at most', () => {
  const pauses = Array.from({ length: 9 }, (_, refusals) => pauseAfter(0, refusals) / 1_000);
  assert.deepEqual(pauses, [0, 1, 2, 4, 8, 16, 30, 30, 30]);
});

test('surplus() is the oldest worker once there are as many as may be', () => {
  const workers = [aWorker(0, false), ...Array.from({ length: mostOld }, (_, at) => aWorker(at + 1))];
  assert.deepEqual(
    surplus(workers).map(({ reloads }) => reloads),
    [mostOld],
  );
  assert.deepEqual(surplus(workers.slice(0, -1)), []);
});
