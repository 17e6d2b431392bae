import assert from 'node:assert/strict';
import { test } from 'node:test';
import { meanwhileOf } from './meanwhile.js';
import type { Callee } from './render/egress.js';

const endpoint = (last: number, good = true) => ({ ip: `192.0.2.${last}`, port: 4143, good });
const aCallee = (link: string, changes: Partial<Callee> = {}): Callee => ({
  ...{ link, cluster: 'paris', caBundle: 'PARIS', endpoints: [endpoint(1)], slots: 1 },
  ...changes,
});

test('a peer that comes waits, and what changes of the others does not', () => {
  const changed = aCallee('a', { endpoints: [endpoint(2)], caBundle: 'NEW' });
  const { callees, called, whole } = meanwhileOf([aCallee('a')], [changed, aCallee('b')]);
  assert.deepEqual([callees, called, whole], [[changed], [changed], false]);
});

test('the backend of a peer that is gone, or has become another, stays and is not called', () => {
  const kept = [aCallee('a'), aCallee('b')];
  const { callees, called } = meanwhileOf(kept, [aCallee('b', { cluster: 'rome' })]);
  assert.deepEqual([callees, called], [kept, []]);
});

test('a peer that goes, and one that comes back, waits for nothing', () => {
  const kept = [aCallee('a'), aCallee('b')];
  assert.equal(meanwhileOf(kept, [aCallee('a')]).whole, true);
  assert.equal(meanwhileOf(kept, kept).whole, true);
});

test('of more endpoints than there are servers, those that answer are called', () => {
  const more = aCallee('a', { endpoints: [endpoint(1, false), endpoint(2)], slots: 4 });
  const { called, whole } = meanwhileOf([aCallee('a')], [more]);
  assert.equal(whole, false);
  assert.deepEqual(called, [aCallee('a', { endpoints: [endpoint(2)] })]);
});
