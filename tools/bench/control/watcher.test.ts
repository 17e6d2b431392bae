import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Endpoint } from '../../../src/api/objects.js';
import { remoteObjects } from './objects.js';
import { createSliceCounts } from './watcher.js';

const sliceOf = (n: number, ...endpoints: [string, boolean | undefined][]) => {
  const [, slice] = remoteObjects(n, { spread: 1 });
  slice.endpoints = endpoints.map(([address, ready]): Endpoint => ({
    addresses: [address],
    ...(ready !== undefined && { conditions: { ready } }),
  }));
  return slice;
};

test('createSliceCounts() counts a slice as what it was last', () => {
  const counts = createSliceCounts();
  counts.seen(sliceOf(1, ['192.0.2.1', true]), false);
  counts.seen(sliceOf(2, ['192.0.2.1', undefined], ['192.0.2.2', true]), false);
  assert.deepEqual([counts.count(true), counts.count(false), counts.listing('192.0.2.1')], [2, 0, 2]);
  counts.seen(sliceOf(1, ['192.0.2.1', false]), false);
  counts.seen(sliceOf(2, ['192.0.2.2', true]), false);
  assert.deepEqual([counts.count(true), counts.count(false), counts.listing('192.0.2.1')], [1, 1, 1]);
  counts.seen(sliceOf(1, ['192.0.2.1', false]), true);
  assert.deepEqual([counts.count(false), counts.listing('192.0.2.1')], [0, 0]);
});

test('createSliceCounts() takes a slice without endpoints, or with ready and other ones, for neither', () => {
  const counts = createSliceCounts();
  counts.seen(sliceOf(1), false);
  counts.seen(sliceOf(2, ['192.0.2.1', true], ['192.0.2.2', false]), false);
  assert.deepEqual([counts.count(true), counts.count(false)], [0, 0]);
});
