import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listed } from '../../../test/gen/catalogfeed.js';
import { hostnamesOf } from '../../mirror/pods.js';
import { closedWords, reachOf, unreachable } from '../../endpoints/reach.js';
import type { CatalogService } from '../../protocol/catalog.js';
import { objectsOf } from './catalogobjects.js';

const reachIn = (of: CatalogService) => {
  const { service, slices } = objectsOf(of);
  const headless = service.spec.clusterIP === 'None';
  return reachOf(slices, { ports: service.spec.ports ?? [], families: ['IPv4'], headless, selects: false });
};

test('objectsOf() makes the Service that an API server would show', () => {
  const { service } = objectsOf(
    listed('web', {
      ports: [
        { name: 'http', port: 80, appProtocol: 'http' },
        { name: 'admin', port: 9000 },
      ],
      affinity: 60,
      publishNotReady: true,
      labels: { tier: 'front' },
      annotations: { note: 'yes' },
    }),
  );
  const { namespace, name, uid, creationTimestamp, labels, annotations } = service.metadata;
  assert.deepEqual(
    { namespace, name, uid, creationTimestamp, labels, annotations },
    {
      ...{ namespace: 'shop', name: 'web', uid: 'uid-web', creationTimestamp: '2026-01-01T00:00:00Z' },
      ...{ labels: { tier: 'front' }, annotations: { note: 'yes' } },
    },
  );
  assert.deepEqual(service.spec, {
    ...{ type: 'ClusterIP', clusterIP: '192.0.2.1' },
    ports: [
      { name: 'http', port: 80, protocol: 'TCP', appProtocol: 'http' },
      { name: 'admin', port: 9000, protocol: 'TCP' },
    ],
    ...{ sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } } },
    publishNotReadyAddresses: true,
  });
});

test('objectsOf() leaves out labels that no API server would store', () => {
  const { service } = objectsOf(listed('web', { labels: { good: 'yes', 'bad key': 'x', long: 'ä' } }));
  assert.deepEqual(service.metadata.labels, { good: 'yes' });
});

const counts: Record<string, [Partial<CatalogService>, { ready: number; total: number; closed: string }]> = {
  'all pods ready': [
    { ready: 3, total: 3 },
    { ready: 3, total: 3, closed: '' },
  ],
  'some pods ready': [
    { ready: 2, total: 5 },
    { ready: 2, total: 5, closed: '' },
  ],
  'as many pods as a catalog may count': [
    { ready: 99_999, total: 100_000 },
    { ready: 99_999, total: 100_000, closed: '' },
  ],
  'no pod': [
    { ready: 0, total: 0 },
    { ready: 0, total: 0, closed: '' },
  ],
  'no pod is ready': [
    { ready: 0, total: 2, ports: [{ port: 80, closed: true }] },
    { ready: 0, total: 2, closed: 'port 80: none of its endpoints is ready' },
  ],
  'a port that only pods may have that are not ready': [
    {
      ready: 1,
      total: 2,
      ports: [
        { name: 'a', port: 1 },
        { name: 'b', port: 2, closed: true },
      ],
    },
    { ready: 1, total: 2, closed: 'port b: none of its endpoints is ready' },
  ],
  'a port that no pod offers': [
    {
      ready: 2,
      total: 2,
      ports: [
        { name: 'a', port: 1 },
        { name: 'b', port: 2, closed: true },
      ],
    },
    {
      ...{ ready: 2, total: 2 },
      closed: 'port b: no EndpointSlice of the remote service has a TCP port named "b"',
    },
  ],
  'headless, with names and without': [
    { hosts: { 'db-0': true, 'db-1': false }, ready: 3, total: 5 },
    { ready: 3, total: 5, closed: '' },
  ],
};
for (const [name, [more, { closed, ...wanted }]] of Object.entries(counts))
  test(`objectsOf() keeps the counts of a catalog: ${name}`, () => {
    const found = reachIn(listed('web', more));
    assert.deepEqual({ ready: found.ready, total: found.total }, wanted);
    assert.equal(closedWords(found.closed), closed);
    if (found.ready === 0 && found.total > 0)
      assert.equal(unreachable(found), `none of the ${found.total} remote endpoints is ready`);
  });

test('objectsOf() names the pods of a headless service', () => {
  const { service, slices } = objectsOf(listed('db', { hosts: { 'db-1': false, 'db-0': true }, total: 2 }));
  assert.equal(service.spec.clusterIP, 'None');
  assert.deepEqual(hostnamesOf(slices), { names: ['db-0', 'db-1'], more: false });
  const ready = slices.flatMap(({ endpoints }) => endpoints ?? []).map((one) => one.conditions?.ready);
  assert.deepEqual(ready, [true, false]);
});

test('objectsOf() makes few objects of many pods', () => {
  const { slices } = objectsOf(listed('web', { ready: 60_000, total: 100_000 }));
  assert.equal(slices.flatMap(({ endpoints }) => endpoints ?? []).length, 2);
});

test('objectsOf() gives equal versions to equal services, and others to others, part by part', () => {
  const versions = (of: CatalogService) => {
    const { service, slices } = objectsOf(of);
    return [service, ...slices].map(({ metadata }) => metadata.resourceVersion);
  };
  const before = versions(listed('web', { labels: { a: '1', b: '2' }, total: 2 }));
  assert.deepEqual(versions(listed('web', { labels: { b: '2', a: '1' }, total: 2 })), before);
  const [service, ready, others] = versions(listed('web', { labels: { a: '1', b: '2' }, total: 3 }));
  assert.deepEqual([service, ready], before.slice(0, 2));
  assert.notEqual(others, before[2]);
  assert.notEqual(versions(listed('web', { labels: { a: '2', b: '2' }, total: 2 }))[0], before[0]);
});
