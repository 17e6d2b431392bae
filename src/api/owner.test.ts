import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { controllingMirror } from './owner.js';

const owner = { apiVersion: 'linkerd.io/v1alpha1', kind: 'ServiceMirror', name: 'm', uid: '1' };
const held = (...ownerReferences: object[]) =>
  controllingMirror({ metadata: { name: 'x', ownerReferences: ownerReferences as never } })?.name;

describe('controllingMirror()', () => {
  it('finds the controller among the owners', () => {
    const other = { apiVersion: 'v1', kind: 'ConfigMap', name: 'c', uid: '2' };
    assert.equal(held(other, { ...owner, controller: true }), 'm');
  });

  it('takes neither another owner nor another kind or group for one', () => {
    assert.equal(held(owner), undefined);
    assert.equal(held({ ...owner, controller: true, kind: 'Link' }), undefined);
    assert.equal(held({ ...owner, controller: true, apiVersion: 'linkerd.io.example.com/v1' }), undefined);
    assert.equal(controllingMirror({ metadata: { name: 'x' } }), undefined);
  });
});
