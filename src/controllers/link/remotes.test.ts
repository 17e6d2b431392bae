import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { eventually } from '../../../test/driver/eventually.js';
import { fakeClock, type FakeClock } from '../../../test/gen/clock.js';
import { startFakeApi, type FakeApi } from '../../../test/fakeapi/fakeapi.js';
import { aConfigMap, aNamespace, aService, inNamespace, port } from '../../../test/gen/gen.js';
import { aToken } from '../../../test/gen/token.js';
import { ownNames } from '../../api/names.js';
import { configMaps, namespaces, services } from '../../api/resources.js';
import { createKube } from '../../runtime/kube.js';
import { silent } from '../../runtime/log.js';
import { createMetrics, type Metrics } from '../../runtime/metrics.js';
import { ClusterChangedError } from './contact.js';
import { createRemotes, type ApiPlan, type Remotes } from './remotes.js';

let old: FakeApi;
let fresh: FakeApi;
let clock: FakeClock;
let remotes: Remotes;
let told: string[];
let metrics: Metrics;
/** The kubeconfigs whose credentials were read, in their order. */
let shown: string[];

/** Paris behind two sets of credentials; what is seen tells through which. */
beforeEach(async () => {
  [old, fresh] = await Promise.all([startFakeApi(), startFakeApi()]);
  for (const [api, number] of [[old, 1] as const, [fresh, 2] as const]) {
    api.put(namespaces, aNamespace('kube-system'));
    api.put(services, aService('hello', port(number)));
  }
  clock = fakeClock();
  told = [];
  metrics = createMetrics();
  shown = [];
  remotes = createRemotes({
    connect(_link, kubeconfig) {
      const { config } = kubeconfig() === 'old' ? old : fresh;
      const load = async () => {
        shown.push(kubeconfig());
        const { headers, ...rest } = await config.load();
        return { ...rest, headers: { ...headers, 'x-credentials': kubeconfig() } };
      };
      return createKube({ ...config, load }, { fieldManager: 'tester', clock, metrics, cluster: 'paris' });
    },
    readCatalog: () => assert.fail('no catalog is read'),
    onDropped: (link) => void metrics.forget({ cluster: link }),
    clock,
    log: silent,
    onChange: (link, { kind }) => void told.push(`${link} ${kind}`),
  });
});
afterEach(async () => {
  await remotes.stop();
  await Promise.all([old.close(), fresh.close()]);
});

const plan = (kubeconfig: string, more: Partial<ApiPlan['scope']> = {}): ApiPlan => ({
  kubeconfig,
  verified: kubeconfig === 'old',
  scope: { namespaces: [], ...more },
});
/** Through which credentials `default/hello` is seen: 1 old, 2 fresh. */
const seen = () => remotes.view('paris', 'default', 'hello')?.service?.spec.ports?.[0]?.port;

async function watching(kubeconfig: string): Promise<void> {
  remotes.ensure('paris', plan(kubeconfig));
  await eventually(() => remotes.newest('paris')?.synced ?? false);
}

/** Holds back every list of the fresh server until it is called. */
function holdBack(): () => void {
  const gate = Promise.withResolvers<void>();
  fresh.fault({ path: '/namespaces/kube-system', times: 99 }, { kind: 'first', run: () => gate.promise });
  return gate.resolve;
}

test('createRemotes() knows nothing before it is told to watch', () => {
  assert.equal(remotes.get('paris'), undefined);
  assert.equal(remotes.newest('paris'), undefined);
  assert.equal(remotes.view('paris', 'default', 'hello'), undefined);
  assert.equal(remotes.verified('paris'), false);
});

test('ensure() watches, and with the same plan goes on watching', async () => {
  await watching('old');
  assert.equal(seen(), 1);
  assert.equal(remotes.verified('paris'), true);
  const before = remotes.get('paris');
  remotes.ensure('paris', plan('old', { pinnedUid: 'uid-paris' }));
  assert.equal(remotes.get('paris'), before);
  await eventually(() => before?.version !== undefined);
  assert.deepEqual([...new Set(told)].toSorted(), ['paris contact', 'paris state']);
});

test('ensure() with a changed plan serves old data until the new caches are complete', async () => {
  await watching('old');
  const release = holdBack();
  remotes.ensure('paris', plan('fresh'));
  remotes.ensure('paris', plan('fresh'));
  await eventually(() => fresh.seen.length > 0);
  assert.equal(seen(), 1);
  assert.equal(remotes.verified('paris'), true);
  assert.equal(remotes.newest('paris')?.synced, false);
  assert.equal(remotes.view('paris', 'default', 'hello')?.synced, true);

  release();
  await eventually(() => seen() === 2);
  assert.equal(remotes.verified('paris'), false);
  assert.equal(remotes.get('paris'), remotes.newest('paris'));
  await eventually(() => old.watches().length === 0);
});

test('ensure() tells of the identity again once the successor that read it is in use', async () => {
  await watching('old');
  fresh.put(configMaps, aConfigMap(ownNames.identity, {}, inNamespace('service-mirror')));
  const gate = Promise.withResolvers<void>();
  fresh.fault({ path: '/services', times: 99 }, { kind: 'first', run: () => gate.promise });
  told.length = 0;
  remotes.ensure('paris', plan('fresh', { identityIn: 'service-mirror' }));
  await eventually(() => told.includes('paris identity'));
  assert.equal(seen(), 1);

  told.length = 0;
  gate.resolve();
  await eventually(() => remotes.get('paris')?.identity().object !== undefined);
  assert.deepEqual(
    told.filter((change) => change === 'paris identity'),
    ['paris identity'],
  );
});

test('ensure() keeps the old when the new is another cluster, and says so', async () => {
  await watching('old');
  const pinnedUid = remotes.get('paris')?.uid ?? '';
  remotes.ensure('paris', plan('fresh', { pinnedUid }));
  await eventually(() => remotes.newest('paris')?.problem?.error instanceof ClusterChangedError);
  assert.equal(seen(), 1);
  assert.equal(remotes.get('paris')?.problem, undefined);
});

/** A kubeconfig whose token is renewed at that time (s); it leads to the fresh server. */
const renewed = (iat: number) => `token: ${aToken({ iat, exp: iat + 600 })}`;

test('ensure() with a new token of the same account keeps the caches, and shows it when the old one is refused', async () => {
  await watching(renewed(0));
  const before = remotes.get('paris');
  // one for Services, one for slices
  const opened = () => fresh.seen.filter(({ watch }) => watch).length;
  await eventually(() => opened() === 2);
  remotes.ensure('paris', plan(renewed(400)));
  assert.equal(remotes.newest('paris'), before);
  await eventually(() => before?.version !== undefined);
  fresh.fault({ path: '/version', times: 1 }, { kind: 'answer', status: 401 });
  await clock.advance(5_000);
  await eventually(() => shown.at(-1) === renewed(400));
  assert.equal(before?.problem, undefined);
  assert.equal(opened(), 2);
});

test('ensure() with a token of another account makes new caches', async () => {
  await watching(renewed(0));
  const before = remotes.get('paris');
  const sub = 'system:serviceaccount:service-mirror:peer-berlin';
  remotes.ensure('paris', plan(`token: ${aToken({ sub })}`));
  assert.notEqual(remotes.newest('paris'), before);
});

test('ensure() with a new token while the old one is refused asks at once', async () => {
  fresh.fault({ path: '/version', times: 99 }, { kind: 'answer', status: 401 });
  await watching(renewed(0));
  const before = remotes.get('paris');
  await eventually(() => before?.problem !== undefined);
  remotes.ensure('paris', plan(renewed(400)));
  assert.notEqual(remotes.newest('paris'), before);
});

test('ensure() with the plan as it was before ends the successor', async () => {
  await watching('old');
  holdBack();
  remotes.ensure('paris', plan('fresh'));
  remotes.ensure('paris', plan('old'));
  assert.equal(remotes.newest('paris'), remotes.get('paris'));
  assert.equal(seen(), 1);
});

test('ensure() waits for nothing when there is nothing to lose', async () => {
  const release = holdBack();
  remotes.ensure('paris', plan('fresh'));
  remotes.ensure('paris', plan('old'));
  await eventually(() => seen() === 1);
  release();
  assert.equal(remotes.newest('paris'), remotes.get('paris'));
});

test('freeze() keeps what was seen, stops watching, and counts from there', async () => {
  await watching('old');
  await clock.advance(5_000);
  told.length = 0;
  const since = clock.monotonic();
  remotes.freeze('paris');
  await clock.advance(1_000);
  remotes.freeze('paris');
  assert.deepEqual(told, ['paris state']);
  assert.equal(seen(), 1);
  assert.deepEqual(
    [
      remotes.view('paris', 'default', 'hello')?.synced,
      remotes.view('paris', 'default', 'hello')?.failingSince,
    ],
    [true, since],
  );
  await eventually(() => old.watches().length === 0);
});

test('freeze() counts from there when nothing was ever seen', () => {
  remotes.freeze('paris');
  assert.deepEqual(remotes.view('paris', 'default', 'hello'), {
    synced: false,
    slices: [],
    failingSince: clock.monotonic(),
  });
});

test('ensure() after freeze() goes on counting until the successor has seen everything', async () => {
  await watching('old');
  remotes.freeze('paris');
  const since = clock.monotonic();
  const release = holdBack();
  remotes.ensure('paris', plan('fresh'));
  await clock.advance(1_000);
  assert.equal(remotes.view('paris', 'default', 'hello')?.failingSince, since);
  assert.equal(seen(), 1);
  release();
  await eventually(() => seen() === 2);
  assert.equal(remotes.view('paris', 'default', 'hello')?.failingSince, undefined);
});

test('ensure() after freeze() with the same credentials watches again', async () => {
  await watching('old');
  remotes.freeze('paris');
  await eventually(() => old.watches().length === 0);
  old.put(services, aService('hello', port(3)));
  remotes.ensure('paris', plan('old'));
  await eventually(() => seen() === 3);
});

test('drop() stops watching and forgets', async () => {
  await watching('old');
  remotes.freeze('lyon');
  remotes.drop('paris');
  remotes.drop('lyon');
  assert.equal(remotes.view('paris', 'default', 'hello'), undefined);
  assert.equal(remotes.view('lyon', 'default', 'hello'), undefined);
  await eventually(() => old.watches().length === 0);
});

test('stop() ends every watch, those of successors too', async () => {
  await watching('old');
  holdBack();
  remotes.ensure('paris', plan('fresh'));
  await remotes.stop();
  await eventually(() => old.watches().length === 0);
});

test('an identity that changes on and on is told of ten times at once, then once a second', async () => {
  const identity = (name: string) => aConfigMap(ownNames.identity, { name });
  remotes.ensure('paris', plan('old', { identityIn: 'service-mirror' }));
  await eventually(() => remotes.newest('paris')?.synced ?? false);
  await eventually(() => old.watches(configMaps).length === 1);
  const times = () => told.filter((each) => each === 'paris identity').length;
  for (let i = 0; i < 130; i++) old.put(configMaps, identity(`c${i}`));
  const last = () => remotes.get('paris')?.identity().object?.data?.['name'];
  await eventually(() => last() === 'c129');
  assert.equal(times(), 10);
  await clock.advance(1_000);
  assert.equal(times(), 11);
  await clock.advance(60_000);
  assert.equal(times(), 11);
});

test('what is held of a remote cluster is counted while its Link is there', async () => {
  const held = async () =>
    (await metrics.registry.metrics())
      .split('\n')
      .filter((line) => line.startsWith('service_mirror_reflector_objects{'))
      .join();
  await watching('old');
  assert.match(await held(), /cluster="paris",resource="services"\} 1/);
  remotes.drop('paris');
  await eventually(async () => assert.equal(await held(), ''));
});

test('two reflectors of one kind are counted together', async () => {
  old.put(services, aService('hello', inNamespace('shop'), port(3)));
  remotes.ensure('paris', plan('old', { namespaces: ['default', 'shop'] }));
  await eventually(() => remotes.newest('paris')?.synced ?? false);
  const text = await metrics.registry.metrics();
  assert.match(text, /reflector_objects\{cluster="paris",resource="services"\} 2/);
});
