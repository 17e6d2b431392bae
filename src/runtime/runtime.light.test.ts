import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually } from '../../test/driver/eventually.js';
import { startLight, type LightCluster } from '../../tools/clusters/light.js';
import type { ConfigMap, KubeObject } from '../api/objects.js';
import { configMaps } from '../api/resources.js';
import { systemClock } from './clock.js';
import { recorder } from './events.js';
import { createKube, type KubeClient } from './kube.js';
import { loadLocal } from './local.js';
import { silent } from './log.js';
import { createReflector } from './reflector/reflector.js';
import { createRewindCheck } from './rewind.js';

let cluster: LightCluster;
let kube: KubeClient;
const clock = systemClock;

before(async () => {
  cluster = await startLight();
  kube = createKube(await loadLocal(cluster.kubeconfig), { fieldManager: 'tester' });
});
after(async () => {
  await kube.close();
  await cluster.stop();
});

const aConfigMap = (name: string, x: string): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default' },
  data: { x },
});

test('what happens again is counted in one Event, also where names are as long as may be', async () => {
  const lost: unknown[] = [];
  const log = { ...silent, warn: (_: string, fields?: object) => void lost.push(fields) };
  const events = recorder(kube, { component: 'service-mirror', instance: 'pod-1', clock, log });
  const about = await kube.create(configMaps, aConfigMap(`x${'y'.repeat(252)}`, '1'));
  for (const message of ['first', 'second']) {
    events.event(
      { ...about, apiVersion: 'v1', kind: 'ConfigMap' },
      { type: 'Normal', reason: 'Ready', message },
    );
    await events.flush();
  }
  events.stop();
  assert.deepEqual(lost, []);
  const resource = {
    group: 'events.k8s.io',
    version: 'v1',
    plural: 'events',
    kind: 'Event',
    namespaced: true,
  };
  const { items } = await kube.list<KubeObject & { note?: string; series?: { count: number } }>(resource, {
    namespace: 'default',
  });
  const written = items.filter(({ metadata }) => metadata.name.startsWith('xyy'));
  assert.deepEqual(
    written.map(({ note, series }) => [note, series?.count]),
    [['first', 2]],
  );
});

test('an API server whose etcd was restored from a backup is noticed, and read anew', async () => {
  const stop = new AbortController();
  const reflector = createReflector<ConfigMap>(kube, configMaps, {
    clock,
    log: silent,
    namespace: 'default',
  });
  const over = reflector.run(stop.signal);
  const check = createRewindCheck([reflector], silent);
  const seen = () => reflector.cache.get('default/a')?.data?.['x'];
  try {
    await kube.create(configMaps, aConfigMap('a', 'before'));
    const restore = await cluster.backup();
    for (const x of ['1', '2', '3', 'lost']) await kube.mergePatch(configMaps, 'default/a', { data: { x } });
    await kube.create(configMaps, aConfigMap('b', 'lost'));
    await eventually(() => seen() === 'lost' && reflector.cache.get('default/b') !== undefined, 60_000);
    await check(stop.signal);
    await restore();
    await eventually(async () => {
      await check(stop.signal).catch(() => undefined);
      return seen() === 'before' && reflector.cache.get('default/b') === undefined;
    }, 60_000);
  } finally {
    stop.abort();
    await over;
  }
});
