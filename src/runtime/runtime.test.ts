import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { eventually } from '../../test/driver/eventually.js';
import { startFakeApi, type FakeApi } from '../../test/fakeapi/fakeapi.js';
import type { ConfigMap } from '../api/objects.js';
import { configMaps } from '../api/resources.js';
import { createApplier } from './apply.js';
import { systemClock as clock } from './clock.js';
import { createController } from './controller.js';
import { createKube, type KubeClient } from './kube.js';
import { silent as log } from './log.js';
import { createReflector } from './reflector/reflector.js';

/** A controller as they are written with this runtime: every ConfigMap of `from` gets a copy in `to`. */
function copier(kube: KubeClient, stop: AbortController) {
  const reflector = createReflector(kube, configMaps, { clock, log });
  const applier = createApplier(kube, { fieldManager: 'copier', log });
  const reconcile = async (name: string) => {
    const source = reflector.cache.get(`from/${name}`);
    const copy = reflector.cache.get(`to/${name}`);
    if (source === undefined) return copy && applier.remove(configMaps, copy);
    const desired: ConfigMap = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace: 'to' },
      ...(source.data && { data: source.data }),
    };
    await applier.own(configMaps, desired, copy, 'self');
  };
  const controller = createController({ name: 'copier', reconcile, log, clock });
  reflector.cache.onChange(({ object }) => controller.enqueue(object.metadata.name));
  const over = Promise.all([reflector.run(stop.signal), controller.run(stop.signal)]);
  return { reflector, controller, over };
}

let api: FakeApi;
let kube: KubeClient;
let stop: AbortController;
let parts: ReturnType<typeof copier>;

beforeEach(() => begin());
afterEach(async () => {
  stop.abort();
  await parts.over;
  await kube.close();
  await api.close();
});

async function begin() {
  api = await startFakeApi();
  kube = createKube(api.config, { fieldManager: 'copier' });
  stop = new AbortController();
  parts = copier(kube, stop);
  await parts.reflector.whenSynced();
}

function put(name: string, text: string, namespace = 'from') {
  return api.put(configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace },
    data: { text },
  });
}

const copy = (name: string) => api.find(configMaps, `to/${name}`)?.data?.text;
const writes = () => api.seen.filter(({ method }) => method !== 'GET').length;

test('what is made, changed, deleted and tampered with is followed, and then nothing is written', async () => {
  put('a', '1');
  await eventually(() => copy('a') === '1');
  put('a', '2');
  await eventually(() => copy('a') === '2');
  await kube.mergePatch(configMaps, 'to/a', { data: { text: 'tampered' } });
  await eventually(() => copy('a') === '2');
  api.drop(configMaps, 'to/a');
  await eventually(() => copy('a') === '2');
  api.drop(configMaps, 'from/a');
  await eventually(() => copy('a') === undefined && parts.controller.idle());
  const before = writes();
  put('unrelated', 'x', 'elsewhere');
  await eventually(
    () => parts.reflector.cache.get('elsewhere/unrelated') !== undefined && parts.controller.idle(),
  );
  assert.equal(writes(), before);
});

test('every third request fails in one way or another, and all comes true all the same', async () => {
  const faults = [
    { kind: 'reset' },
    { kind: 'answer', status: 500 },
    { kind: 'truncate' },
    { kind: 'cut' },
  ] as const;
  let count = 0;
  for (const fault of faults)
    for (let skip = 0; skip < 20; skip++) api.fault({ watch: false, skip: count++ % 3 === 0 ? 1 : 2 }, fault);
  const names = Array.from({ length: 60 }, (_, i) => `n${i}`);
  for (const name of names) put(name, name);
  await eventually(() => names.every((name) => copy(name) === name), 30_000);
});

test('a change between look and write is seen again, and the newer wish wins', async () => {
  put('a', '1');
  await eventually(() => copy('a') === '1' && parts.controller.idle());
  const run = () => {
    const found = api.find(configMaps, 'to/a') ?? assert.fail();
    const labels = { ...found.metadata.labels, quick: 'yes' };
    api.put(configMaps, { ...found, metadata: { ...found.metadata, labels }, data: { text: 'tampered' } });
    put('a', '3');
  };
  api.fault({ method: 'PATCH' }, { kind: 'first', run });
  put('a', '2');
  await eventually(() => copy('a') === '3');
  assert.equal(api.find(configMaps, 'to/a')?.metadata.labels?.quick, 'yes');
});

test('a copy deleted and made again by others between look and write is not touched', async () => {
  put('a', '1');
  await eventually(() => copy('a') === '1');
  const run = () => {
    api.drop(configMaps, 'to/a');
    put('a', 'theirs', 'to');
  };
  api.fault({ method: 'PATCH' }, { kind: 'first', run });
  put('a', '2');
  await eventually(() => copy('a') === 'theirs' && parts.controller.idle());
  assert.equal(copy('a'), 'theirs');
});

test('stopped in the middle of a write, the write is finished and no other begun', async () => {
  const arrived = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const run = () => {
    arrived.resolve();
    return released.promise;
  };
  api.fault({ method: 'POST' }, { kind: 'first', run });
  put('a', '1');
  await arrived.promise;
  stop.abort();
  put('b', '1');
  released.resolve();
  await parts.over;
  assert.equal(copy('a'), '1');
  assert.equal(copy('b'), undefined);
  await eventually(() => api.watches().length === 0);
});
