import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { eventually } from '../../../test/driver/eventually.js';
import { fakeClock, type FakeClock } from '../../../test/gen/clock.js';
import { startFakeApi, type FakeApi } from '../../../test/fakeapi/fakeapi.js';
import {
  aConfigMap,
  aNamespace,
  aService,
  aSlice,
  endpoint,
  exported,
  inNamespace,
  labelled,
  port,
  slice,
} from '../../../test/gen/gen.js';
import { keys, managedBy, ownNames } from '../../api/names.js';
import { configMaps, endpointSlices, namespaces, services } from '../../api/resources.js';
import { isForbidden, NetworkError, TooLargeError } from '../../runtime/errors.js';
import { createKube, type KubeClient } from '../../runtime/kube.js';
import { silent } from '../../runtime/log.js';
import { ClusterChangedError } from './contact.js';
import { createApiRemote, type ApiScope } from './apiremote.js';

let api: FakeApi;
let clock: FakeClock;
let stop: AbortController;
let over: Promise<void>;
let told: string[];
let failedLists: number;
/** Pings on their way. */
let asking: number;

beforeEach(async () => {
  api = await startFakeApi();
  api.put(namespaces, aNamespace('kube-system'));
  api.put(services, aService('hello', port(80), exported));
  api.put(endpointSlices, aSlice('hello', endpoint('10.9.0.1'), exported));
  clock = fakeClock();
  stop = new AbortController();
  told = [];
  [failedLists, asking] = [0, 0];
});
afterEach(async () => {
  stop.abort();
  await over;
  await api.close();
});

function watch(scope: Partial<ApiScope> = {}, cacheBytes?: number) {
  const client = createKube(api.config, { fieldManager: 'tester', clock });
  const raw: KubeClient['raw'] = async (path, signal) => {
    asking++;
    return client.raw(path, signal).finally(() => asking--);
  };
  const kube = { ...client, raw };
  const onChange = (change: { kind: string; key?: string }) =>
    void told.push([change.kind, change.key].filter((part) => part !== undefined).join(' '));
  const log = { ...silent, warn: () => void failedLists++ };
  const options = { clock, log, onChange, ...(cacheBytes !== undefined && { cacheBytes }) };
  const remote = createApiRemote(kube, { namespaces: [], ...scope }, options);
  over = remote.run(stop.signal);
  return remote;
}

/** Lets time pass, and no ping wait longer for its answer than the server takes. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 1_000) {
    await clock.advance(Math.min(left, 1_000));
    await eventually(() => asking === 0);
  }
}

/** As the cluster's own controller marks its slices. */
const byController = labelled({ [keys.sliceManagedBy]: 'endpointslice-controller.k8s.io' });

const uid = () => api.find(namespaces, 'kube-system')?.metadata.uid;
const synced = (remote: { synced: boolean }) => eventually(() => remote.synced);
const lists = (plural: string) =>
  api.seen.filter((request) => !request.watch && request.path.endsWith(`/${plural}`));

test('createApiRemote() sees a service with its slices, and tells when it has seen all', async () => {
  const remote = watch();
  assert.deepEqual(remote.view('default', 'hello'), { synced: false, slices: [] });
  await synced(remote);
  const view = remote.view('default', 'hello');
  assert.equal(view.synced, true);
  assert.equal(view.failingSince, undefined);
  assert.equal(view.service?.spec.ports?.[0]?.port, 80);
  assert.equal(view.slices.length, 1);
  assert.equal(remote.uid, uid());
  assert.equal(told.at(-1), 'state');
});

test('createApiRemote() tells whose service or slice has changed', async () => {
  const remote = watch();
  await synced(remote);
  await eventually(() => api.watches().length === 2);
  told.length = 0;
  api.put(services, aService('cart', port(80)));
  api.put(endpointSlices, aSlice('other', endpoint('10.9.0.2')));
  await eventually(() => told.length === 2);
  assert.deepEqual(told.toSorted(), ['service default/cart', 'service default/other']);
});

test('createApiRemote() lets the remote API server select', async () => {
  api.put(endpointSlices, aSlice('hidden', slice('hidden'), byController, endpoint('10.9.0.3')));
  const remote = watch({ selector: 'mirror.linkerd.io/exported=true' });
  api.put(services, aService('hidden', port(80)));
  await synced(remote);
  assert.equal(remote.view('default', 'hidden').service, undefined);
  assert.deepEqual(remote.view('default', 'hidden').slices, []);
  assert.ok(remote.view('default', 'hello').service);
  const asked = (plural: string) => lists(plural).map(({ query }) => query.get('labelSelector'));
  const managed = 'endpointslice.kubernetes.io/managed-by';
  assert.deepEqual(asked('services'), ['mirror.linkerd.io/exported=true']);
  assert.deepEqual(asked('endpointslices').toSorted(), [
    `kubernetes.io/service-name,${managed}!=endpointslice-controller.k8s.io,${managed}!=service-mirror`,
    `mirror.linkerd.io/exported=true,${managed}=endpointslice-controller.k8s.io`,
  ]);
});

test('createApiRemote() reads all slices of a selected service, whatever labels others gave them', async () => {
  api.put(endpointSlices, aSlice('hello', slice('own'), exported, byController, endpoint('10.9.0.2')));
  const byMirroring = labelled({ [keys.sliceManagedBy]: 'endpointslicemirroring-controller.k8s.io' });
  api.put(endpointSlices, aSlice('hello', slice('mirrored'), byMirroring, endpoint('10.9.0.3')));
  api.put(endpointSlices, aSlice('hello', slice('by-hand'), endpoint('10.9.0.4')));
  api.put(
    endpointSlices,
    aSlice('hello', slice('of a mirror'), labelled({ [keys.sliceManagedBy]: managedBy })),
  );
  const remote = watch({ selector: 'mirror.linkerd.io/exported=true' });
  await synced(remote);
  const names = () =>
    remote
      .view('default', 'hello')
      .slices.map(({ metadata }) => metadata.name)
      .toSorted();
  assert.deepEqual(names(), ['by-hand', 'hello-abc12', 'mirrored', 'own']);
  await eventually(() => api.watches().length === 3);
  told.length = 0;
  api.put(endpointSlices, aSlice('hello', slice('later'), endpoint('10.9.0.5')));
  await eventually(() => names().includes('later'));
  assert.deepEqual(told, ['service default/hello']);
});

test('createApiRemote() watches namespace by namespace where it is told to, and is synced when all are', async () => {
  api.put(services, aService('cart', inNamespace('shop'), port(80)));
  api.put(services, aService('secret', inNamespace('vault'), port(80)));
  api.fault({ path: '/namespaces/shop/services', times: 1 }, { kind: 'answer', status: 500 });
  const remote = watch({ namespaces: ['default', 'shop'] });
  await eventually(() => remote.problem !== undefined);
  assert.equal(remote.synced, false);
  assert.equal(
    lists('endpointslices')[0]?.query.get('labelSelector'),
    `${keys.sliceManagedBy}!=${managedBy}`,
  );
  await pass(60_000);
  await synced(remote);
  assert.ok(remote.view('default', 'hello').service);
  assert.ok(remote.view('shop', 'cart').service);
  assert.deepEqual([remote.services().length, remote.services('shop')], [2, ['shop/cart']]);
  assert.equal(remote.view('vault', 'secret').service, undefined);
  assert.equal(
    lists('services').some(({ path }) => path === '/api/v1/services'),
    false,
  );
});

test('createApiRemote() reads nothing of another cluster than the pinned one', async () => {
  const remote = watch({ pinnedUid: 'uid-lyon' });
  await eventually(() => remote.problem?.error instanceof ClusterChangedError);
  assert.equal(remote.synced, false);
  assert.equal(remote.uid, undefined);
  assert.equal(lists('services').length, 0);
});

test('createApiRemote() notices when another cluster answers later at the same address', async () => {
  const remote = watch();
  await synced(remote);
  const before = uid();
  api.drop(namespaces, 'kube-system');
  api.put(namespaces, aNamespace('kube-system'));
  assert.notEqual(uid(), before);
  api.drop(services, 'default/hello');
  api.compact();
  api.disconnect();
  await eventually(async () => {
    await pass(1_000);
    return remote.problem?.error instanceof ClusterChangedError;
  });
  assert.equal(remote.uid, before);
  assert.ok(remote.view('default', 'hello').service, 'nothing of the other cluster is taken in');
});

test('createApiRemote() reads the identity that the peer publishes, and does without', async () => {
  const remote = watch({ identityIn: 'service-mirror' });
  await eventually(() => remote.identity().synced);
  assert.equal(remote.identity().object, undefined);
  await eventually(() => api.watches(configMaps).length === 1);
  api.put(configMaps, aConfigMap(ownNames.identity, { cluster: 'paris' }));
  api.put(configMaps, aConfigMap('another', {}));
  await eventually(() => remote.identity().object !== undefined);
  assert.equal(remote.identity().object?.data?.cluster, 'paris');
  assert.equal(told.filter((change) => change === 'identity').length, 1);
});

test('createApiRemote() calls a right that only the identity lacks no problem', async () => {
  api.fault({ path: '/configmaps', times: 99 }, { kind: 'answer', status: 403 });
  const remote = watch({ identityIn: 'service-mirror' });
  await synced(remote);
  assert.equal(remote.problem, undefined);
});

test('createApiRemote() says which right is missing', async () => {
  api.fault({ path: '/services', times: 99 }, { kind: 'answer', status: 403 });
  const remote = watch();
  await eventually(() => isForbidden(remote.problem?.error));
  assert.equal(remote.view('default', 'hello').failingSince, remote.problem?.since);
});

test('createApiRemote() tells of contact lost and won, once each, and keeps what was seen', async () => {
  const remote = watch();
  await synced(remote);
  await eventually(() => api.watches().length === 2 && remote.version === 'v1.33.0-fake');
  told.length = 0;
  const states = () => told.filter((change) => change === 'state').length;

  const mend = api.fault({ path: '/version', times: 99 }, { kind: 'reset' });
  await pass(5_000);
  const since = clock.monotonic();
  await pass(10_000);
  assert.ok(remote.problem?.error instanceof NetworkError);
  assert.equal(remote.problem?.since, since);
  assert.ok(remote.view('default', 'hello').service, 'what was seen stays');
  assert.equal(states(), 1);

  mend();
  await pass(5_000);
  assert.equal(remote.problem, undefined);
  assert.equal(states(), 2);
});

test('createApiRemote() tells what else a ping has shown, once, and nothing while nothing changes', async () => {
  const remote = watch();
  await synced(remote);
  await eventually(() => remote.version === 'v1.33.0-fake');
  told.length = 0;
  await pass(20_000);
  assert.deepEqual(told, []);

  const newer = { kind: 'answer', status: 200, body: { gitVersion: 'v1.34.0' } } as const;
  const restart = api.fault({ path: '/version', times: 99 }, newer);
  await pass(20_000);
  assert.deepEqual([told, remote.version], [['contact'], 'v1.34.0']);

  restart();
  api.fault({ path: '/version', times: 2 }, { kind: 'answer', status: 500 });
  api.fault({ path: '/version', times: 99 }, { kind: 'answer', status: 403 });
  await pass(20_000);
  assert.deepEqual(told, ['contact', 'state', 'contact']);
});

test('createApiRemote() says that a cluster is too large, and keeps what it had', async () => {
  const remote = watch({}, 3_000);
  await synced(remote);
  await eventually(() => api.watches().length === 2);
  for (let i = 0; i < 10; i++) api.put(services, aService(`more${i}`, port(80)));
  await eventually(() => remote.problem?.error instanceof TooLargeError);
  assert.ok(remote.view('default', 'hello').service);
  await eventually(async () => failedLists === 1 || (await clock.advance(100), false), 20_000, 2);
  await pass(200_000);
  assert.equal(lists('services').length, 2, 'what was too large is not read again soon');
  for (let i = 0; i < 10; i++) api.drop(services, `default/more${i}`);
  await eventually(async () => remote.problem === undefined || (await pass(10_000), false));
});

for (const uid of [undefined, 7, '', 'x'.repeat(65), 'half \ud800'])
  test(`createApiRemote() trusts no cluster whose UID is ${JSON.stringify(uid)?.slice(0, 10)}`, async () => {
    const body = { metadata: { name: 'kube-system', uid } };
    api.fault({ path: '/kube-system', times: Infinity }, { kind: 'answer', status: 200, body });
    const remote = watch();
    await eventually(() => remote.problem?.error instanceof NetworkError);
    assert.equal(remote.synced, false);
  });

test('createApiRemote() notices that its cluster was restored from a backup, within ten seconds', async () => {
  const restore = api.backup();
  const remote = watch();
  await synced(remote);
  api.put(services, aService('hello', port(81), exported));
  api.put(endpointSlices, aSlice('hello', endpoint('10.9.0.9'), exported));
  const address = () => remote.view('default', 'hello').slices[0]?.endpoints?.[0]?.addresses[0];
  await eventually(() => address() === '10.9.0.9');
  restore();
  await pass(10_000);
  await eventually(() => address() === '10.9.0.1');
  await eventually(() => remote.view('default', 'hello').service?.spec.ports?.[0]?.port === 80);
});
