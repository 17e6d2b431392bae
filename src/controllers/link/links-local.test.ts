import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aFakeCluster, type FakeCluster } from '../../../test/gen/cluster.js';
import { aMirror, inNamespace, ofClusters } from '../../../test/gen/gen.js';
import { reconcileLink } from './links.js';

test('this cluster is read for as long as a mirror has its pods among its backends', async () => {
  const read = async (fake: FakeCluster) => {
    await reconcileLink(fake)('local', new AbortController().signal);
    return fake.remotes.calls;
  };
  const using = aFakeCluster(aMirror('m', ofClusters('paris', 'local')));
  assert.deepEqual(await read(using), ['ensure local']);
  assert.deepEqual(using.remotes.plans.get('local')?.scope, { namespaces: ['default'], own: true });
  assert.deepEqual(await read(aFakeCluster(aMirror('m'))), ['drop local']);
});

test('of many namespaces, the whole cluster is read at once', async () => {
  const many = Array.from({ length: 17 }, (_, i) =>
    aMirror('m', inNamespace(`n${i}`), ofClusters('paris', 'local')),
  );
  const fake = aFakeCluster(...many);
  await reconcileLink(fake)('local', new AbortController().signal);
  assert.deepEqual(fake.remotes.plans.get('local')?.scope.namespaces, []);
});

test('mirrors that come and go in one namespace do not begin the reading of others anew', async () => {
  const fake = aFakeCluster(aMirror('m', ofClusters('paris', 'local')));
  const reconcile = reconcileLink(fake);
  const read = async () => {
    await reconcile('local', new AbortController().signal);
    return fake.remotes.plans.get('local')?.scope.namespaces;
  };
  await read();
  const other = aMirror('other', inNamespace('shop'), ofClusters('paris', 'local'));
  fake.put(other);
  assert.deepEqual(await read(), ['default', 'shop']);
  fake.drop(other);
  assert.deepEqual(await read(), ['default', 'shop']);
});
