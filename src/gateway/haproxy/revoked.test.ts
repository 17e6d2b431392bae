import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Barred } from './barred.js';
import { createRevoked } from './revoked.js';
import type { Worker } from './runtime.js';

const aWorker = (pid: number, old = true): Worker => ({
  ...{ pid, old, reloads: 1 },
  ask: () => Promise.reject(new Error('unused')),
  tell: () => Promise.reject(new Error('unused')),
});
const revoked = (links: string[], ports: [number, Barred][] = []) => ({
  links: new Set(links),
  ports: new Map(ports),
});

test('what is revoked stays so for an old worker, and does not count for one that was started later', () => {
  const all = createRevoked();
  all.add([aWorker(1), aWorker(2, false)], revoked(['a']));
  all.add([aWorker(1), aWorker(2)], revoked(['b'], [[20_000, 'all']]));
  assert.deepEqual(
    all.of([aWorker(1), aWorker(2), aWorker(3)]).map(([{ pid }, what]) => [pid, what]),
    [
      [1, revoked(['a', 'b'], [[20_000, 'all']])],
      [2, revoked(['b'], [[20_000, 'all']])],
    ],
  );
});

test('a worker that is gone is forgotten: process ids come again', () => {
  const all = createRevoked();
  all.add([aWorker(1)], revoked(['a']));
  all.of([]);
  assert.deepEqual(all.of([aWorker(1)]), []);
});
