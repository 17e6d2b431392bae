import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../api/objects.js';
import { controllerOf, isControlledBy, isOwnedBy, withOwner } from './ownership.js';

const owner = { apiVersion: 'linkerd.io/v1alpha1', kind: 'ServiceMirror', name: 'web', uid: 'u1' };
const bare: KubeObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', labels: { app: 'x' } },
};

test('withOwner() names the one controller, and does not change its argument', () => {
  const owned = withOwner(bare, owner);
  assert.deepEqual(owned.metadata.ownerReferences, [{ ...owner, controller: true }]);
  assert.equal(bare.metadata.ownerReferences, undefined);
  assert.ok(isControlledBy(owned, 'u1') && isOwnedBy(owned, owner));
});

test('an owner reference that is not the controller’s does not make it ours', () => {
  const referred = { ...bare, metadata: { ...bare.metadata, ownerReferences: [owner] } };
  assert.equal(controllerOf(referred), undefined);
  assert.equal(isOwnedBy(referred, owner), false);
});

test('another uid under the same name is another owner', () => {
  assert.equal(isOwnedBy(withOwner(bare, { ...owner, uid: 'u2' }), owner), false);
});

test('what belongs to the operator itself carries its label', () => {
  assert.equal(isOwnedBy(bare, 'self'), false);
  const owned = withOwner(bare, 'self');
  assert.ok(isOwnedBy(owned, 'self'));
  assert.equal(owned.metadata.labels?.app, 'x');
});
