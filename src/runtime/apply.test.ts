import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { startFakeApi, type FakeApi } from '../../test/fakeapi/fakeapi.js';
import type { ConfigMap, KubeObject, Service } from '../api/objects.js';
import { configMaps, services, type Resource } from '../api/resources.js';
import { createApplier, type Applier, type Owner } from './apply.js';
import { createKube, isConflict, type KubeClient } from './kube.js';
import { silent } from './log.js';

let api: FakeApi;
let kube: KubeClient;
let other: KubeClient;
let applier: Applier;

beforeEach(async () => {
  api = await startFakeApi();
  kube = createKube(api.config, { fieldManager: 'me' });
  other = createKube(api.config, { fieldManager: 'you' });
  applier = createApplier(kube, { fieldManager: 'me', log: silent });
});
afterEach(async () => {
  await kube.close();
  await other.close();
  await api.close();
});

const owner: Owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: 'owner-uid' };

function service(o: { labels?: Record<string, string>; ports?: number[]; name?: string } = {}): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: o.name ?? 'web', namespace: 'default', ...(o.labels && { labels: o.labels }) },
    spec: { ports: (o.ports ?? [80]).map((port) => ({ port })) },
  };
}

const stored = () => api.find(services, 'default/web') ?? assert.fail('no such service');
const writes = () => api.seen.filter(({ method }) => method !== 'GET').length;
/** What a cache would hold at this moment. */
const view = <T extends KubeObject>(r: Resource<T>, key: string) => structuredClone(api.find(r, key));

test('own() creates what is not there, with its owner', async () => {
  assert.equal(await applier.own(services, service(), undefined, owner), 'created');
  assert.deepEqual(stored().metadata.ownerReferences, [{ ...owner, controller: true }]);
});

test('amend() changes those fields of an object that is not ours, as it was seen', async () => {
  const theirs = await other.create(configMaps, {
    ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'theirs', namespace: 'default' } },
    data: { a: '1', b: '2' },
  });
  await applier.amend(configMaps, theirs, { data: { a: '3' } });
  assert.deepEqual(api.find(configMaps, 'default/theirs')?.data, { a: '3', b: '2' });
  await assert.rejects(applier.amend(configMaps, theirs, { data: { a: '4' } }), isConflict);
  const metadata = { labels: { seen: 'true' } };
  await assert.rejects(applier.amend(configMaps, theirs, { metadata }), isConflict);
  await applier.amend(configMaps, await other.get(configMaps, 'default/theirs'), { metadata });
  assert.deepEqual(api.find(configMaps, 'default/theirs')?.metadata.labels, { seen: 'true' });
});

test('own() writes nothing when all is as desired', async () => {
  await applier.own(services, service({ labels: { a: '1' } }), undefined, owner);
  const before = writes();
  assert.equal(
    await applier.own(services, service({ labels: { a: '1' } }), view(services, 'default/web'), owner),
    'unchanged',
  );
  assert.equal(writes(), before);
});

test('own() patches only what differs, on the object that it saw', async () => {
  await applier.own(services, service({ labels: { a: '1', b: '2' } }), undefined, owner);
  const seen = view(services, 'default/web');
  assert.equal(await applier.own(services, service({ labels: { a: '1', b: '3' } }), seen, owner), 'updated');
  const { uid, resourceVersion } = seen?.metadata ?? {};
  assert.deepEqual(api.seen.at(-1)?.body, { metadata: { labels: { b: '3' }, uid, resourceVersion } });
});

test('own() removes labels and annotations that we set and no longer want; those of others survive', async () => {
  const first = service({ labels: { ours: '1', kept: '1' } });
  first.metadata.annotations = { note: 'x' };
  await applier.own(services, first, undefined, owner);
  await other.mergePatch(services, 'default/web', {
    metadata: { labels: { theirs: '1' }, annotations: { theirs: '1' } },
  });
  await applier.own(services, service({ labels: { kept: '1' } }), view(services, 'default/web'), owner);
  assert.deepEqual(stored().metadata.labels, { kept: '1', theirs: '1' });
  assert.deepEqual(stored().metadata.annotations, { theirs: '1' });
});

test('own() leaves fields of others alone and repairs ours', async () => {
  await applier.own(services, service(), undefined, owner);
  await other.mergePatch(services, 'default/web', {
    spec: { ports: [{ port: 81 }], externalName: 'theirs' },
  });
  assert.equal(await applier.own(services, service(), view(services, 'default/web'), owner), 'updated');
  assert.deepEqual(stored().spec, { ports: [{ port: 80 }], externalName: 'theirs' });
});

test('own() removes what is desired to be null, and creates without it', async () => {
  const desired = service();
  desired.spec.selector = null;
  await applier.own(services, desired, undefined, owner);
  assert.ok(!('selector' in stored().spec));
  await other.mergePatch(services, 'default/web', { spec: { selector: { app: 'x' } } });
  await applier.own(services, desired, view(services, 'default/web'), owner);
  assert.ok(!('selector' in stored().spec));
});

test('own() does not touch what another owner controls, whether the cache knows it or not', async () => {
  const theirs = api.put(services, service({ ports: [1] }));
  assert.equal(await applier.own(services, service(), theirs, owner), 'foreign');
  assert.equal(writes(), 0);
  assert.equal(await applier.own(services, service(), undefined, owner), 'foreign');
  assert.deepEqual(stored().spec.ports, [{ port: 1 }]);
});

test('own() of what we made and the cache does not show yet goes on from the server’s view', async () => {
  await applier.own(services, service({ ports: [1] }), undefined, owner);
  assert.equal(await applier.own(services, service({ ports: [1] }), undefined, owner), 'unchanged');
  assert.equal(await applier.own(services, service({ ports: [2] }), undefined, owner), 'updated');
  assert.deepEqual(stored().spec.ports, [{ port: 2 }]);
});

test('own() of what was deleted right after it was in the way is a conflict: look again', async () => {
  api.put(services, service());
  api.fault({ method: 'GET' }, { kind: 'first', run: () => api.drop(services, 'default/web') });
  await assert.rejects(applier.own(services, service(), undefined, owner), isConflict);
});

test('own() for the operator itself goes by the managed-by label', async () => {
  const configMap = (data: Record<string, string>): ConfigMap => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'own', namespace: 'default' },
    data,
  });
  assert.equal(await applier.own(configMaps, configMap({ a: '1' }), undefined, 'self'), 'created');
  const made = view(configMaps, 'default/own');
  assert.equal(made?.metadata.labels?.['app.kubernetes.io/managed-by'], 'service-mirror');
  assert.equal(await applier.own(configMaps, configMap({ a: '2' }), made, 'self'), 'updated');
  api.put(configMaps, { ...configMap({}), metadata: { name: 'theirs', namespace: 'default' } });
  const theirs = view(configMaps, 'default/theirs');
  const desired = { ...configMap({ a: '1' }), metadata: { name: 'theirs', namespace: 'default' } };
  assert.equal(await applier.own(configMaps, desired, theirs, 'self'), 'foreign');
});

test('changed between decision and write: own() is a conflict, and nothing is overwritten', async () => {
  await applier.own(services, service(), undefined, owner);
  const old = view(services, 'default/web');
  api.fault(
    { method: 'PATCH' },
    {
      kind: 'first',
      run: () => {
        const now = stored();
        api.put(services, { ...now, metadata: { ...now.metadata, labels: { quick: 'yes' } } });
      },
    },
  );
  await assert.rejects(applier.own(services, service({ ports: [2] }), old, owner), isConflict);
  assert.deepEqual(stored().spec.ports, [{ port: 80 }]);
});

test('deleted and made again between decision and write: own() is a conflict, and the new object untouched', async () => {
  await applier.own(services, service(), undefined, owner);
  const old = view(services, 'default/web');
  api.fault(
    { method: 'PATCH' },
    {
      kind: 'first',
      run: () => {
        api.drop(services, 'default/web');
        api.put(services, service({ ports: [1] }));
      },
    },
  );
  await assert.rejects(applier.own(services, service({ ports: [2] }), old, owner), isConflict);
  assert.deepEqual(stored().spec.ports, [{ port: 1 }]);
});

test('remove() deletes that very object and no other of its name', async () => {
  await applier.own(services, service(), undefined, owner);
  const old = view(services, 'default/web') ?? assert.fail();
  api.drop(services, 'default/web');
  api.put(services, service());
  await assert.rejects(applier.remove(services, old), isConflict);
  await applier.remove(services, stored());
  assert.equal(api.find(services, 'default/web'), undefined);
  await applier.remove(services, old);
});

interface WithStatus extends KubeObject {
  status?: { conditions?: object[]; a?: number; b?: number };
}
const things: Resource<WithStatus> = {
  group: 'x.io',
  version: 'v1',
  plural: 'things',
  kind: 'Thing',
  namespaced: false,
};
const condition = (type: string, status = 'True') => ({ type, status });
const thing = () => view(things, 't') ?? assert.fail();

test('status() keeps the writers of two conditions apart, and writes only what is new', async () => {
  api.put(things, { apiVersion: 'x.io/v1', kind: 'Thing', metadata: { name: 't' } });
  const write = (manager: string, status: object) =>
    applier.status(things, { actual: thing(), status, manager });
  assert.equal(await write('me-links', { conditions: [condition('Connected')], a: 1 }), 'updated');
  assert.equal(await write('me-health', { conditions: [condition('Healthy')] }), 'updated');
  assert.equal(await write('me-links', { conditions: [condition('Connected')], a: 1 }), 'unchanged');
  assert.equal(await write('me-links', { conditions: [condition('Connected', 'False')] }), 'updated');
  assert.deepEqual(thing().status, { conditions: [condition('Healthy'), condition('Connected', 'False')] });
});

test('status() of a sole writer must be exact: what else stands there is taken back', async () => {
  api.put(things, { apiVersion: 'x.io/v1', kind: 'Thing', metadata: { name: 't' } });
  const write = (status: object) =>
    applier.status(things, { actual: thing(), status, manager: 'me-status', sole: true });
  assert.equal(await write({ a: 1, b: 2 }), 'updated');
  assert.equal(await write({ a: 1, b: 2 }), 'unchanged');
  assert.equal(await write({ a: 1 }), 'updated');
  assert.deepEqual(thing().status, { a: 1 });
});

test('a sole writer does not write to another object of the same name, nor to one that has changed since', async () => {
  api.put(things, { apiVersion: 'x.io/v1', kind: 'Thing', metadata: { name: 't' } });
  const old = thing();
  const write = (actual: WithStatus) =>
    applier.status(things, { actual, status: { a: 1 }, manager: 'me', sole: true });
  api.drop(things, 't');
  api.put(things, { apiVersion: 'x.io/v1', kind: 'Thing', metadata: { name: 't', labels: { our: 'own' } } });
  const { uid } = thing().metadata;
  await assert.rejects(write({ ...old, metadata: { ...thing().metadata, uid: 'another' } }), isConflict);
  const seen = thing();
  api.put(things, { ...thing(), metadata: { ...thing().metadata, labels: { quick: 'yes' } } });
  await assert.rejects(write(seen), isConflict);
  assert.equal(await write(thing()), 'updated');
  assert.equal(thing().metadata.uid, uid);
  assert.deepEqual(thing().metadata.labels, { quick: 'yes' });
});

test('status() does not write to another object of the same name, nor to one that has changed since', async () => {
  api.put(things, { apiVersion: 'x.io/v1', kind: 'Thing', metadata: { name: 't' } });
  const old = thing();
  const write = (actual: WithStatus) => applier.status(things, { actual, status: { a: 1 }, manager: 'me' });
  api.drop(things, 't');
  api.put(things, { apiVersion: 'x.io/v1', kind: 'Thing', metadata: { name: 't' } });
  await assert.rejects(write(old), isConflict);
  const seen = thing();
  api.put(things, { ...thing(), metadata: { name: 't', labels: { quick: 'yes' } } });
  await assert.rejects(write(seen), isConflict);
  assert.equal(await write(thing()), 'updated');
});

test('status() of a writer with nothing to say beside another’s conditions is written once', async () => {
  api.put(things, { apiVersion: 'x.io/v1', kind: 'Thing', metadata: { name: 't' } });
  const write = (manager: string, status: object) =>
    applier.status(things, { actual: thing(), status, manager });
  await write('me-links', { conditions: [condition('Connected')] });
  await write('me-health', { conditions: [condition('Healthy')] });
  assert.equal(await write('me-links', { conditions: [] }), 'updated');
  assert.equal(await write('me-links', { conditions: [] }), 'unchanged');
  assert.deepEqual(thing().status, { conditions: [condition('Healthy')] });
});

test('once() creates what is not there, and leaves what is, even our own', async () => {
  assert.equal(await applier.once(services, service({ ports: [80] })), 'created');
  const before = stored();
  assert.equal(await applier.once(services, service({ ports: [81] })), 'unchanged');
  assert.deepEqual(stored(), before);
});

test('own() says which fields the server has stored otherwise than they were written', async () => {
  const mutating = (name: 'create' | 'mergePatch') => {
    const patched = { ...kube } as unknown as Record<string, unknown>;
    patched[name] = async (...args: never[]) => {
      const taken = await (kube[name] as (...all: never[]) => Promise<Service>)(...args);
      return { ...taken, spec: { ...taken.spec, ports: [{ port: 8080 }] } };
    };
    return createApplier(patched as unknown as KubeClient, { fieldManager: 'me', log: silent });
  };
  const undone = { name: 'UndoneError', message: /spec\.ports/ };
  await assert.rejects(() => mutating('create').own(services, service(), undefined, owner), undone);
  const seen = view(services, 'default/web');
  await assert.rejects(
    () => mutating('mergePatch').own(services, service({ ports: [443] }), seen, owner),
    undone,
  );
});
