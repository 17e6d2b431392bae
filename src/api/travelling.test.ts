import assert from 'node:assert/strict';
import { test } from 'node:test';
import { neverTravels } from './travelling.js';

test('what has a meaning for this product, for Linkerd, for slices or for kubectl stays where it is', () => {
  for (const key of [
    'mirror.linkerd.io/exported',
    'multicluster.linkerd.io/remote-discovery',
    'linkerd.io/export-protocol',
    'endpointslice.kubernetes.io/managed-by',
    'kubectl.kubernetes.io/last-applied-configuration',
    'service.kubernetes.io/headless',
    'app.kubernetes.io/managed-by',
  ])
    assert.ok(neverTravels(key), key);
  for (const key of [
    'app',
    'app.kubernetes.io/name',
    'config.linkerd.io/opaque-ports',
    'argocd.argoproj.io/instance',
  ])
    assert.ok(!neverTravels(key), key);
});
