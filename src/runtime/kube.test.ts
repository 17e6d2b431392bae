import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startFakeApi, type FakeApi } from '../../test/fakeapi/fakeapi.js';
import type { ConfigMap } from '../api/objects.js';
import { configMaps, namespaces, services } from '../api/resources.js';
import { createKube, isAlreadyExists, isConflict, isNotFound, type KubeClient } from './kube.js';

let api: FakeApi;
let kube: KubeClient;

before(async () => {
  api = await startFakeApi();
  kube = createKube(api.config, { fieldManager: 'tester' });
});
after(async () => {
  await kube.close();
  await api.close();
});

function configMap(name: string, data: Record<string, string> = {}): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data };
}

test('create() stores an object under our field manager, and get() finds it', async () => {
  const made = await kube.create(configMaps, configMap('made', { a: '1' }));
  assert.ok(made.metadata.uid);
  assert.equal(made.metadata.managedFields?.[0]?.manager, 'tester');
  assert.deepEqual(await kube.get(configMaps, 'default/made'), made);
});

test('create() of an existing name fails with AlreadyExists, which is not a conflict', async () => {
  api.put(configMaps, configMap('there'));
  await assert.rejects(kube.create(configMaps, configMap('there')), (error) => {
    assert.ok(isAlreadyExists(error) && !isConflict(error));
    return true;
  });
});

test('get() of what is not there fails with 404 and names the path', async () => {
  await assert.rejects(kube.get(configMaps, 'default/absent'), (error) => {
    assert.ok(isNotFound(error));
    assert.match(error.message, /configmaps\/absent/);
    return true;
  });
});

test('list() selects by namespace, labels and fields, and fills in apiVersion and kind', async () => {
  const labelled = configMap('labelled');
  labelled.metadata.labels = { app: 'a b', tier: 'x' };
  api.put(configMaps, labelled);
  api.put(configMaps, { ...labelled, metadata: { ...labelled.metadata, namespace: 'other' } });
  const byLabel = await kube.list(configMaps, { namespace: 'default', labelSelector: 'app in (a b,c),tier' });
  assert.deepEqual(
    byLabel.items.map(({ apiVersion, kind, metadata }) => [
      apiVersion,
      kind,
      metadata.namespace,
      metadata.name,
    ]),
    [['v1', 'ConfigMap', 'default', 'labelled']],
  );
  const byField = await kube.list(configMaps, { fieldSelector: 'metadata.name=labelled' });
  assert.deepEqual(
    byField.items.map(({ metadata }) => metadata.namespace),
    ['default', 'other'],
  );
});

test('list() hands out pages and the token of the next one', async () => {
  for (const name of ['p1', 'p2', 'p3'])
    api.put(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  const first = await kube.list(namespaces, { limit: 2 });
  const second = await kube.list(namespaces, { limit: 2, continue: first.continue ?? '' });
  assert.deepEqual(
    [...first.items, ...second.items].map(({ metadata }) => metadata.name),
    ['p1', 'p2', 'p3'],
  );
  assert.equal(second.continue, undefined);
});

test('mergePatch() carries preconditions: a stale resource version is a conflict', async () => {
  const { metadata } = api.put(configMaps, configMap('patched', { a: '1' }));
  const { uid, resourceVersion } = metadata;
  await kube.mergePatch(configMaps, 'default/patched', {
    metadata: { uid, resourceVersion },
    data: { a: '2' },
  });
  await assert.rejects(
    kube.mergePatch(configMaps, 'default/patched', { metadata: { uid, resourceVersion }, data: { a: '3' } }),
    isConflict,
  );
  assert.deepEqual(api.find(configMaps, 'default/patched')?.data, { a: '2' });
});

test('apply() on a status writes the status alone, and lets go of what it no longer says', async () => {
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default' },
    spec: {},
  };
  api.put(services, service);
  const write = (status: object) =>
    kube.apply(services, { ...service, status } as never, { fieldManager: 'status', subresource: 'status' });
  await write({ a: 1, b: { c: 2 } });
  await write({ a: 1 });
  const stored = api.find(services, 'default/web') as unknown as {
    status: unknown;
    metadata: { generation: number };
  };
  assert.deepEqual(stored.status, { a: 1 });
});

test('replace() carries the resource version of the object', async () => {
  const first = api.put(configMaps, configMap('replaced', { a: '1' }));
  await kube.replace(configMaps, { ...first, data: { a: '2' } });
  await assert.rejects(kube.replace(configMaps, { ...first, data: { a: '3' } }), isConflict);
});

test('remove() succeeds when there is nothing, and spares an object of another uid', async () => {
  await kube.remove(configMaps, 'default/never');
  api.put(configMaps, configMap('kept'));
  await assert.rejects(kube.remove(configMaps, 'default/kept', { uid: 'another' }), isConflict);
  assert.ok(api.find(configMaps, 'default/kept'));
  await kube.remove(configMaps, 'default/kept');
  assert.equal(api.find(configMaps, 'default/kept'), undefined);
  assert.equal(api.seen.at(-1)?.body?.propagationPolicy, 'Background');
});

test('watch() asks for bookmarks and for an end within 5 to 10 minutes', async () => {
  const lengths = new Set<number>();
  for (const value of [0, 0.5, 0.999]) {
    const spread = createKube(api.config, { fieldManager: 'tester', random: () => value });
    const stop = new AbortController();
    const opened = Promise.withResolvers<void>();
    const events = spread.watch(configMaps, { resourceVersion: '1', onOpen: opened.resolve }, stop.signal);
    const reading = (async () => {
      for await (const event of events) void event;
    })();
    await opened.promise;
    stop.abort();
    await reading;
    await spread.close();
    const { query } = api.seen.at(-1) ?? assert.fail();
    assert.equal(query.get('allowWatchBookmarks'), 'true');
    lengths.add(Number(query.get('timeoutSeconds')));
  }
  assert.deepEqual([...lengths], [300, 450, 599]);
});

test('raw() gets any path', async () => {
  assert.deepEqual(await kube.raw('/version'), { gitVersion: 'v1.33.0-fake' });
});
