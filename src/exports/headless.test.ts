import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { eventually } from '../../test/driver/eventually.js';
import { startFakeApi } from '../../test/fakeapi/fakeapi.js';
import { aHeadless, aNamedPod, aPodSlice, type PodAt } from '../../test/gen/pods.js';
import { endpointSlices, pods } from '../api/resources.js';
import { systemClock } from '../runtime/clock.js';
import { createKube } from '../runtime/kube.js';
import { silent } from '../runtime/log.js';
import { createHeadlessPods } from './headless.js';

const db = aHeadless('db');
const first: PodAt = ['db-0', '10.1.0.1'];
const second: PodAt = ['db-1', '10.1.0.2'];

async function aCluster(t: TestContext, check: boolean) {
  const api = await startFakeApi();
  const kube = createKube(api.config, { fieldManager: 'service-mirror' });
  const warnings: string[] = [];
  const log = { ...silent, warn: (text: string) => void warnings.push(text) };
  const headless = createHeadlessPods({ kube, check, clock: systemClock, log });
  const told = new Set<string | undefined>();
  headless.onChange((service) => void told.add(service));
  t.after(async () => {
    headless.stop();
    await kube.close();
    await api.close();
  });
  let version = 1;
  return {
    ...{ api, headless, told, warnings },
    lists: (...all: PodAt[]) => api.put(endpointSlices, aPodSlice('db', all, String(version++))),
    /** Runs a pod; returns it with its UID. */
    pod: (one: PodAt): PodAt => [...one, api.put(pods, aNamedPod('db', one)).metadata.uid] as never,
    shows: () => headless.of(db)?.named.map(({ hostname, address }) => `${hostname} ${address}`),
    asked: () => api.seen.filter(({ path }) => path.includes('/pods/')).length,
    need: (...services: string[]) => headless.need(new Set(services)),
  };
}

describe('createHeadlessPods()', () => {
  it('reads nothing while no headless Service is exported, and no more when none is', async (t) => {
    const { api, headless, need, shows, lists } = await aCluster(t, false);
    lists(first);
    assert.deepEqual([headless.settled, shows(), api.seen.length], [true, undefined, 0]);
    need('default/db');
    assert.equal(headless.settled, false);
    await eventually(() => api.watches(endpointSlices).length === 1);
    assert.deepEqual([headless.settled, shows()], [true, ['db-0 10.1.0.1']]);
    need();
    await eventually(() => api.watches(endpointSlices).length === 0);
    assert.equal(shows(), undefined);
  });

  it('reads only slices of headless Services that Kubernetes itself makes', async (t) => {
    const { api, need, shows } = await aCluster(t, false);
    const slice = aPodSlice('db', [first]);
    const { 'service.kubernetes.io/headless': _, ...labels } = slice.metadata.labels ?? {};
    const named = (name: string, some: Record<string, string>) =>
      api.put(endpointSlices, { ...slice, metadata: { ...slice.metadata, name, uid: name, labels: some } });
    named('other', labels);
    named('by-hand', { ...slice.metadata.labels, 'endpointslice.kubernetes.io/managed-by': 'somebody' });
    need('default/db');
    await eventually(() => assert.deepEqual(shows(), []));
  });

  it('tells of slices of the Services that are needed', async (t) => {
    const { api, need, told, lists } = await aCluster(t, false);
    need('default/db');
    await eventually(() => told.has(undefined));
    api.put(endpointSlices, aPodSlice('web', [['web-0', '10.1.0.7']]));
    lists(first);
    await eventually(() => told.has('default/db'));
    assert.equal(told.has('default/web'), false);
  });

  it('counts a pod once it has been looked up and is as the slice says', async (t) => {
    const { headless, need, shows, lists, pod } = await aCluster(t, true);
    lists(pod(first), second);
    need('default/db');
    await eventually(() => assert.deepEqual(shows(), ['db-0 10.1.0.1']));
    await eventually(() => headless.settled);
    assert.deepEqual(shows(), ['db-0 10.1.0.1']);
  });

  it('never counts an address that no pod has, whatever a slice says', async (t) => {
    const { headless, need, shows, lists, pod, asked } = await aCluster(t, true);
    const running = pod(first);
    lists(running);
    need('default/db');
    await eventually(() => assert.deepEqual(shows(), ['db-0 10.1.0.1']));
    lists(['db-0', '10.9.9.9', running[2]!]);
    await eventually(() => shows()?.length === 0 && asked() >= 2 && headless.settled);
    assert.deepEqual(shows(), []);
  });

  it('follows a pod that comes back with another UID and address', async (t) => {
    const { api, need, shows, lists, pod } = await aCluster(t, true);
    lists(pod(first));
    need('default/db');
    await eventually(() => assert.deepEqual(shows(), ['db-0 10.1.0.1']));
    api.drop(pods, 'default/db-0');
    lists();
    await eventually(() => assert.deepEqual(shows(), []));
    lists(pod(['db-0', '10.1.0.9']));
    await eventually(() => assert.deepEqual(shows(), ['db-0 10.1.0.9']));
  });

  it('looks a pod up again when a slice has changed: its address may be that of another one now', async (t) => {
    const { api, need, shows, lists, pod, asked } = await aCluster(t, true);
    const both = [first, second].map(pod);
    lists(...both);
    need('default/db');
    await eventually(() => assert.equal(shows()?.length, 2));
    api.drop(pods, 'default/db-1');
    assert.equal(asked(), 2);
    lists(...both);
    await eventually(() => assert.deepEqual(shows(), ['db-0 10.1.0.1']));
    assert.equal(asked(), 4);
  });

  it('keeps what was found while a pod cannot be read, and tries again', async (t) => {
    const { api, need, shows, lists, pod, asked } = await aCluster(t, true);
    const running = pod(first);
    lists(running);
    need('default/db');
    await eventually(() => assert.deepEqual(shows(), ['db-0 10.1.0.1']));
    const heal = api.fault({ times: Infinity, path: '/pods/' }, { kind: 'answer', status: 500 });
    lists(running, pod(second));
    await eventually(() => shows()?.length === 1 && asked() >= 4);
    heal();
    await eventually(() => assert.equal(shows()?.length, 2));
  });

  it('says what to grant to who may not read slices', async (t) => {
    const { api, headless, need, warnings } = await aCluster(t, true);
    api.fault({ times: Infinity }, { kind: 'answer', status: 403 });
    need('default/db');
    await eventually(() => assert.match(warnings.join(), /grant list and watch/));
    assert.equal(headless.settled, false);
  });
});
