import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mirrorOf, remoteObjects } from './objects.js';
import { sampleFor, samplesOf } from './samples.js';

test('sampleFor() gives the objects of one mirror other names and another owner, and nothing that a server fills in', () => {
  const layout = { spread: 10 };
  const [service, slice] = remoteObjects(1, layout);
  Object.assign(service.metadata, {
    uid: 'u',
    resourceVersion: '1',
    ownerReferences: [{ name: 's-1', uid: 'm-1' }],
  });
  Object.assign(slice.metadata, { name: 's-1-mirror-ipv4-0' });
  Object.assign(service.spec, { clusterIP: '10.96.0.9', clusterIPs: ['10.96.0.9'] });
  const mirror = {
    ...mirrorOf(1, layout, 1),
    status: { observedGeneration: 1, service: { name: 's-1', clusterIP: '10.96.0.9' } },
  };
  const samples = samplesOf(service, slice, mirror);
  const other = { name: 's-23', namespace: 'shop-3' };
  const { service: made, slice: cut, status } = sampleFor(samples, other, 'm-23');
  assert.deepEqual(made.metadata.ownerReferences, [{ name: 's-23', uid: 'm-23' }]);
  assert.deepEqual(
    [made.metadata.name, cut.metadata.name, status.service?.name],
    ['s-23', 's-23-mirror-ipv4-0', 's-23'],
  );
  assert.deepEqual([made.metadata.namespace, cut.metadata.namespace], ['shop-3', 'shop-3']);
  assert.deepEqual([made.metadata.uid, made.spec.clusterIP], [undefined, undefined]);
});
