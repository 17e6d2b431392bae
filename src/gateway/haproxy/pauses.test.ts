import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mostOld, pauseAfter, surplus } from './pauses.js';
import type { Worker } from './runtime.js';

const aWorker = (reloads: number, old = true): Worker => ({
  ...{ pid: 100 + reloads, reloads, old },
  ask: () => Promise.reject(new Error('unused')),
  tell: () => Promise.reject(new Error('unused')),
});

test('the first reload is at once, and pauses of one cause grow with what its reloads leave behind', () => {
  const pauses = [0, 1, 2, 3, 4].map((old) => pauseAfter({ old, own: old, refusals: 0 }) / 1_000);
  assert.deepEqual(pauses, [0, 1, 2, 4, 300]);
});

test('who has left no worker behind waits for a second, while one of the places is free', () => {
  const pauses = [0, 1, 4, mostOld - 1, mostOld].map(
    (old) => pauseAfter({ old, own: 0, refusals: 0 }) / 1_000,
  );
  assert.deepEqual(pauses, [0, 1, 1, 1, 300]);
});

test('a cause leaves no more workers behind than it leaves to others', () => {
  const most = (others: number) => {
    let own = 0;
    while (pauseAfter({ old: others + own, own, refusals: 0 }) < 300_000) own++;
    return own;
  };
  assert.deepEqual([0, 4, 6, 7, 8].map(most), [4, 2, 1, 1, 0]);
});

test('what HAProxy has refused is tried again after growing pauses, too, of half a minute at most', () => {
  const pauses = Array.from({ length: 9 }, (_, refusals) => pauseAfter({ old: 0, own: 0, refusals }) / 1_000);
  assert.deepEqual(pauses, [0, 1, 2, 4, 8, 16, 30, 30, 30]);
});

test('surplus() is the oldest worker once there are as many as may be', () => {
  const workers = [aWorker(0, false), ...Array.from({ length: mostOld }, (_, at) => aWorker(at + 1))];
  assert.deepEqual(
    surplus(workers, 0).map(({ reloads }) => reloads),
    [mostOld],
  );
  assert.deepEqual(surplus(workers.slice(0, -1), 0), []);
});

test('surplus() keeps the last place for a cause that has left no worker behind', () => {
  const workers = [aWorker(0, false), ...Array.from({ length: mostOld - 1 }, (_, at) => aWorker(at + 1))];
  assert.deepEqual(
    surplus(workers, 1).map(({ reloads }) => reloads),
    [mostOld - 1],
  );
});
