import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../api/objects.js';
import { createLean } from './lean.js';

function object(name: string, label: string): KubeObject {
  const fieldsV1 = { 'f:metadata': { 'f:labels': { [`f:${label}`]: {} } }, 'f:spec': { [`f:${name}`]: {} } };
  const managedFields = ['me', 'you'].map((manager) => ({ manager, operation: 'Update', fieldsV1 }));
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, managedFields } };
}

test('objects with equal sets of managed fields share one, whatever else they have', () => {
  const lean = createLean('me');
  const [a, b, c] = [lean(object('a', 'team')), lean(object('b', 'team')), lean(object('c', 'other'))];
  const setOf = ({ metadata }: KubeObject) => metadata.managedFields?.[0];
  assert.equal(a.metadata.managedFields?.length, 1);
  assert.equal(setOf(a), setOf(b));
  assert.notDeepEqual(setOf(a), setOf(c));
});

test('a set that is too long to be one of ours is not kept for others', () => {
  const lean = createLean('me');
  const long = 'x'.repeat(5_000);
  const [a, b] = [lean(object('a', long)), lean(object('b', long))];
  const setOf = ({ metadata }: KubeObject) => metadata.managedFields?.[0];
  assert.notEqual(setOf(a), setOf(b));
  assert.deepEqual(setOf(a), setOf(b));
});
