import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject, ManagedFields } from '../api/objects.js';
import {
  appliersOf,
  isApplied,
  letsGo,
  ownedNames,
  trimManagedFields,
  withoutManagedFields,
} from './managed.js';

function object(...managedFields: ManagedFields[]): KubeObject {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a', managedFields } };
}

const labels = (manager: string, ...names: string[]): ManagedFields => ({
  manager,
  operation: 'Update',
  fieldsV1: {
    'f:metadata': { 'f:labels': { '.': {}, ...Object.fromEntries(names.map((name) => [`f:${name}`, {}])) } },
  },
});

const status = (manager: string, set: Record<string, unknown>): ManagedFields => ({
  manager,
  operation: 'Apply',
  subresource: 'status',
  fieldsV1: { 'f:status': set },
});

test('trimManagedFields() keeps ours and those of our parts', () => {
  const trimmed = trimManagedFields(
    object(labels('me', 'a'), labels('me-status'), labels('mechanic'), labels('you')),
    'me',
  );
  assert.deepEqual(
    trimmed.metadata.managedFields?.map(({ manager }) => manager),
    ['me', 'me-status'],
  );
});

test('trimManagedFields() leaves nothing where nothing is ours', () => {
  assert.ok(!('managedFields' in trimManagedFields(object(labels('you')), 'me').metadata));
});

test('trimManagedFields() keeps of the object itself labels and annotations alone, and of a status all', () => {
  const ofObject: ManagedFields = {
    ...{ manager: 'me', operation: 'Update' },
    fieldsV1: { 'f:metadata': { 'f:labels': { 'f:a': {} }, 'f:name': {} }, 'f:spec': { 'f:ports': {} } },
  };
  const trimmed = trimManagedFields(object(ofObject, status('me', { 'f:ports': {} })), 'me');
  assert.deepEqual(trimmed.metadata.managedFields, [
    { manager: 'me', fieldsV1: { 'f:metadata': { 'f:labels': { 'f:a': {} } } } },
    { manager: 'me', subresource: 'status', fieldsV1: { 'f:status': { 'f:ports': {} } } },
  ]);
  assert.deepEqual([...ownedNames(trimmed, 'me', 'labels')], ['a']);
  assert.equal(letsGo(trimmed, 'me', {}), true);
});

test('appliersOf() finds who has applied a spec, and no others; isApplied() asks for them', () => {
  const spec = { 'f:spec': { 'f:name': {} } };
  const applied: ManagedFields = { manager: 'kubectl', operation: 'Apply', fieldsV1: spec };
  const others = [
    { manager: 'kubectl-edit', operation: 'Update', fieldsV1: spec },
    { manager: 'labeler', operation: 'Apply', fieldsV1: { 'f:metadata': {} } },
    status('me', spec),
  ];
  assert.deepEqual(appliersOf(object(...others, applied)), [{ manager: 'kubectl', operation: 'Apply' }]);
  assert.ok(isApplied(object(...appliersOf(object(applied)))));
  assert.ok(!isApplied(object(...appliersOf(object(...others)))));
  const annotated = object();
  annotated.metadata.annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}' };
  assert.ok(isApplied(annotated));
});

test('withoutManagedFields() removes all', () => {
  assert.ok(!('managedFields' in withoutManagedFields(object(labels('me'))).metadata));
});

test('ownedNames() finds what we own in the object, in all our entries, not in its status', () => {
  const found = ownedNames(
    object(labels('me', 'a'), { ...labels('me', 'b/c'), operation: 'Apply' }, labels('you', 'd'), {
      ...labels('me', 'e'),
      subresource: 'status',
    }),
    'me',
    'labels',
  );
  assert.deepEqual([...found], ['a', 'b/c']);
});

test('ownedNames() of an object without managed fields is empty', () => {
  const bare = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' } };
  assert.equal(ownedNames(bare, 'me', 'labels').size, 0);
});

const condition = 'k:{"type":"Ready"}';
const cases: Record<string, [set: Record<string, unknown>, wanted: object, expected: boolean]> = {
  'all that is owned is still said': [
    { 'f:a': {}, 'f:b': { '.': {}, 'f:c': {} } },
    { a: 1, b: { c: 2 } },
    false,
  ],
  'a field is no longer said': [{ 'f:a': {}, 'f:b': {} }, { a: 1 }, true],
  'a field below is no longer said': [{ 'f:b': { 'f:c': {}, 'f:d': {} } }, { b: { c: 2 } }, true],
  'a condition is still said': [
    { 'f:conditions': { [condition]: { '.': {}, 'f:type': {} } } },
    { conditions: [{ type: 'Ready' }] },
    false,
  ],
  'a condition is no longer said': [
    { 'f:conditions': { [condition]: { '.': {} } } },
    { conditions: [{ type: 'Other' }] },
    true,
  ],
  'a list owned as a whole is still said': [{ 'f:a': {} }, { a: [1] }, false],
  'values of a set do not count': [{ 'f:a': { 'v:"x"': {} } }, { a: ['x'] }, false],
};
for (const [title, [set, wanted, expected]] of Object.entries(cases))
  test(`letsGo(): ${title}`, () => assert.equal(letsGo(object(status('me', set)), 'me', wanted), expected));

test('letsGo() looks at our own entry for the status only', () => {
  assert.equal(letsGo(object(status('you', { 'f:a': {} }), labels('me', 'x')), 'me', {}), false);
});
