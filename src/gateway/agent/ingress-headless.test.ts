import assert from 'node:assert/strict';
import { before, test, type TestContext } from 'node:test';
import { eventually } from '../../../test/driver/eventually.js';
import { startFakeApi, type FakeApi } from '../../../test/fakeapi/fakeapi.js';
import {
  aConfigMap,
  aLink,
  aNamespace,
  aSecret,
  aService,
  exported,
  port,
  spec,
} from '../../../test/gen/gen.js';
import { aCluster, type ClusterPki } from '../../../test/gen/pki.js';
import { aHeadless, aNamedPod, aPodSlice, type PodAt } from '../../../test/gen/pods.js';
import { ownNames } from '../../api/names.js';
import {
  configMaps,
  endpointSlices,
  links,
  namespaces,
  pods,
  secrets,
  services,
} from '../../api/resources.js';
import { encodeIdentity, encodePeer } from '../../protocol/identity.js';
import { serviceIdOf } from '../../protocol/serviceid.js';
import { systemClock, type Clock } from '../../runtime/clock.js';
import { createKube } from '../../runtime/kube.js';
import { silent } from '../../runtime/log.js';
import { exportsById } from '../exports.js';
import type { IngressState } from '../model.js';
import { createIngressAgent } from './ingress.js';

let london: ClusterPki;
let paris: ClusterPki;
before(async () => {
  [london, paris] = await Promise.all([aCluster('london'), aCluster('paris')]);
});

const headless = aHeadless('db', port(5432, { name: 'db' }), exported);
const hello = aService('hello', port(80), exported);
const idOf = (hostname: string) => serviceIdOf({ namespace: 'default', name: 'db', hostname, port: 5432 });
const helloId = serviceIdOf({ namespace: 'default', name: 'hello', port: 80 });

/** Paris, which exports what is marked, and the states that its gateway is given. @param holds what is there at the start */
async function startParis(t: TestContext, holds: (api: FakeApi) => void, clock: Clock = systemClock) {
  const api = await startFakeApi();
  const { cert, key, ca } = paris.ingress;
  api.put(namespaces, aNamespace('default'));
  const marked = { matchLabels: { 'mirror.linkerd.io/exported': 'true' } };
  api.put(links, aLink('london', spec({ exports: { services: marked, allowSelectorless: false } })));
  api.put(secrets, aSecret(ownNames.ingressTls, { 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca }));
  const own = { cluster: 'paris', uid: 'uid-paris', caBundle: paris.authority.ca, addresses: [] };
  api.put(configMaps, aConfigMap(ownNames.identity, encodeIdentity(own)));
  const peer = encodePeer({
    ...{ link: 'london', cluster: 'london', caBundle: london.authority.ca, addresses: [] },
    probe: { period: 3_000, timeout: 2_000, failureThreshold: 3, successThreshold: 1 },
  });
  api.put(configMaps, aConfigMap(ownNames.peers, { london: peer }));
  holds(api);
  const kube = createKube(api.config, { fieldManager: 'service-mirror' });
  const states: IngressState[] = [];
  const agent = createIngressAgent({
    ...{ kube, namespace: 'service-mirror', clock, log: silent, leaveMs: 0, drainMs: 0 },
    gateway: () => ({
      apply: async (state) => (states.push(state), []),
      connections: () => 0,
      close: async () => {},
    }),
  });
  const stop = new AbortController();
  const done = agent.run(stop.signal);
  t.after(async () => {
    stop.abort();
    await done;
    await kube.close();
    await api.close();
  });
  const targetsOf = (state: IngressState | undefined) =>
    state &&
    Object.fromEntries(
      Array.from(exportsById(state.exports).values(), (one) => [one.serviceId, one.target.host]),
    );
  return {
    ...{ api, agent },
    first: () => targetsOf(states[0]),
    latest: () => targetsOf(states.at(-1)),
  };
}

/** Runs a pod; returns it with its UID. */
const run = (api: FakeApi, [name, address]: PodAt): PodAt => [
  ...([name, address] as const),
  api.put(pods, aNamedPod('db', [name, address])).metadata.uid ?? '',
];

test('the first state has the pods of headless services: HAProxy may carry connections to them already', async (t) => {
  const { first } = await startParis(t, (api) => {
    api.put(services, headless);
    api.put(
      endpointSlices,
      aPodSlice('db', [run(api, ['db-0', '10.1.0.1']), run(api, ['db-1', '10.1.0.2'])]),
    );
  });
  await eventually(() => assert.notEqual(first(), undefined));
  assert.deepEqual(first(), { [idOf('db-0')]: '10.1.0.1', [idOf('db-1')]: '10.1.0.2' });
});

test('pods follow their slices, and one that only a slice names is not exported', async (t) => {
  let running: PodAt = ['', ''];
  const { api, latest } = await startParis(t, (there) => {
    there.put(services, headless);
    running = run(there, ['db-0', '10.1.0.1']);
    there.put(endpointSlices, aPodSlice('db', [running, ['db-1', '10.1.0.2', 'nobody']]));
  });
  await eventually(() => assert.deepEqual(latest(), { [idOf('db-0')]: '10.1.0.1' }));
  api.drop(pods, 'default/db-0');
  api.put(endpointSlices, aPodSlice('db', [run(api, ['db-0', '10.1.0.7'])]));
  await eventually(() => assert.deepEqual(latest(), { [idOf('db-0')]: '10.1.0.7' }));
  api.put(services, aHeadless('db', port(5432, { name: 'db' })));
  await eventually(() => assert.deepEqual(latest(), {}));
  await eventually(() => assert.equal(api.watches(endpointSlices).length, 0));
});

test('slices are not read while no headless service is exported', async (t) => {
  const { api, latest } = await startParis(t, (there) => {
    there.put(services, aHeadless('db', port(5432)));
    there.put(services, hello);
  });
  await eventually(() => assert.deepEqual(latest(), { [helloId]: '10.96.0.10' }));
  assert.deepEqual(api.watches(endpointSlices), []);
});

test('what else is exported does not wait for ever for the pods of a headless service', async (t) => {
  const fast: Clock = {
    ...systemClock,
    monotonic: () => systemClock.monotonic() * 20,
    after: (ms, fn) => systemClock.after(ms / 20, fn),
  };
  const holds = (api: FakeApi) => {
    api.fault({ path: 'endpointslices', times: Infinity }, { kind: 'answer', status: 403 });
    api.put(services, headless);
    api.put(services, hello);
  };
  const { agent, first } = await startParis(t, holds, fast);
  await eventually(() => assert.match(agent.ready().join(), /headless/));
  await eventually(() => assert.deepEqual(first(), { [helloId]: '10.96.0.10' }));
});
