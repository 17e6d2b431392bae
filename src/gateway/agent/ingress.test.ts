import assert from 'node:assert/strict';
import { before, test, type TestContext } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { eventually } from '../../../test/driver/eventually.js';
import { fakeClock } from '../../../test/gen/clock.js';
import { startFakeApi } from '../../../test/fakeapi/fakeapi.js';
import {
  aConfigMap,
  aLink,
  aNamespace,
  aSecret,
  aService,
  annotated,
  exported,
  port,
  spec,
} from '../../../test/gen/gen.js';
import { aCluster, leavesOf, type ClusterPki } from '../../../test/gen/pki.js';
import { keys, ownNames } from '../../api/names.js';
import { configMaps, links, namespaces, secrets, services } from '../../api/resources.js';
import { systemClock, type Clock } from '../../runtime/clock.js';
import { createKube } from '../../runtime/kube.js';
import { silent } from '../../runtime/log.js';
import { serviceIdOf, serverName } from '../../protocol/serviceid.js';
import { decodeHeard } from '../../protocol/trustreport.js';
import { fingerprintOf, readCertificates } from '../../pki/bundle.js';
import { encodeIdentity, encodePeer } from '../../protocol/identity.js';
import { tlsOptions } from '../../pki/context.js';
import type { KeyPair } from '../../pki/keypair.js';
import type { Peer } from '../../protocol/peer.js';
import type { IngressGateway } from '../model.js';
import { createIngress, type NodeIngress } from '../node/ingress.js';
import { probePeer } from '../probe/peer.js';
import { createIngressAgent, type IngressAgentOptions } from './ingress.js';

const host = '127.0.0.1';
const namespace = 'service-mirror';
const serviceId = serviceIdOf({ namespace: 'default', name: 'hello', port: 80 });
let london: ClusterPki;
let paris: ClusterPki;
before(async () => {
  [london, paris] = await Promise.all([aCluster('london'), aCluster('paris')]);
});

const leaf = ({ cert, key, ca }: KeyPair) =>
  aSecret(ownNames.ingressTls, { 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca });

const peerOf = ({ cluster, authority }: ClusterPki): Peer => ({
  ...{ link: cluster, cluster, caBundle: authority.ca, addresses: [] },
  probe: { period: 3_000, timeout: 2_000, failureThreshold: 3, successThreshold: 1 },
});
const peers = (...all: ClusterPki[]) =>
  aConfigMap(ownNames.peers, Object.fromEntries(all.map((one) => [one.cluster, encodePeer(peerOf(one))])));
const identity = () =>
  aConfigMap(
    ownNames.identity,
    encodeIdentity({
      ...{ cluster: 'paris', uid: 'uid-paris', caBundle: paris.authority.ca },
      addresses: [{ host: '203.0.113.7', port: 4143 }],
    }),
  );
const exporting = spec({
  exports: { services: { matchLabels: { 'mirror.linkerd.io/exported': 'true' } }, allowSelectorless: false },
});

/** Paris: an API server and an ingress gateway with its agent. */
async function startParis(t: TestContext, options: Partial<IngressAgentOptions> = {}) {
  const api = await startFakeApi();
  const kube = createKube(api.config, { fieldManager: 'service-mirror' });
  let gateway: NodeIngress | undefined;
  const agent = createIngressAgent({
    ...{ kube, namespace, clock: systemClock, log: silent, leaveMs: 0, drainMs: 0 },
    gateway: ({ report }) =>
      (gateway = createIngress({ address: host, port: 0, log: silent, clock: systemClock, report })),
    ...options,
  });
  const stop = new AbortController();
  const done = agent.run(stop.signal);
  t.after(async () => {
    stop.abort();
    await done;
    await kube.close();
    await api.close();
  });
  return { api, agent, stop, done, gateway: () => gateway! };
}

type Paris = Awaited<ReturnType<typeof startParis>>;

/** All that an ingress gateway needs, and a Link that exports what is marked. */
function settle({ api }: Paris): void {
  api.put(namespaces, aNamespace('default'));
  api.put(links, aLink('london', exporting));
  api.put(secrets, leaf(paris.ingress));
  api.put(configMaps, identity());
  api.put(configMaps, peers(london));
}

/** What Paris tells London that it may reach; rejects when it tells nothing. */
async function told({ gateway }: Paris, caller = london) {
  const target = {
    ip: host,
    port: gateway().port(),
    peer: peerOf(paris),
    identity: caller.egress,
    now: Date.now(),
  };
  const result = await probePeer(target, AbortSignal.timeout(5_000));
  if (!result.ok) throw new Error(result.message);
  return result.answer.report;
}

test('a peer is told what it may reach, as services are exported and withdrawn', async (t) => {
  const started = await startParis(t);
  settle(started);
  started.api.put(services, aService('hello', port(80)));
  await eventually(async () => assert.deepEqual((await told(started)).serviceIds, []));
  started.api.put(services, aService('hello', port(80), exported));
  await eventually(async () => assert.deepEqual((await told(started)).serviceIds, [serviceId]));
  const { serviceIds: _, caFingerprints, ...rest } = await told(started);
  assert.deepEqual(rest, {
    ...{ protocol: 2, cluster: 'paris', uid: 'uid-paris' },
    addresses: [{ host: '203.0.113.7', port: 4143 }],
  });
  assert.equal(caFingerprints.length, 1);
  started.api.put(services, aService('hello', port(80)));
  await eventually(async () => assert.deepEqual((await told(started)).serviceIds, []));
});

test('an export that the gateway does not carry is not told to peers', async (t) => {
  const started = await startParis(t);
  settle(started);
  const asHttp = annotated({ [keys.exportProtocol]: 'http' });
  started.api.put(services, aService('web', port(80, { appProtocol: 'http' }), exported, asHttp));
  started.api.put(services, aService('hello', port(80), exported));
  await eventually(async () => assert.deepEqual((await told(started)).serviceIds, [serviceId]));
});

test('each peer is told only what its own Link exports', async (t) => {
  const rome = await aCluster('rome');
  const started = await startParis(t);
  settle(started);
  started.api.put(configMaps, peers(london, rome));
  started.api.put(services, aService('hello', port(80), exported));
  await eventually(async () => assert.deepEqual((await told(started)).serviceIds, [serviceId]));
  assert.deepEqual((await told(started, rome)).serviceIds, []);
  started.api.put(links, aLink('rome', spec({ exports: { all: true, allowSelectorless: false } })));
  await eventually(async () => assert.deepEqual((await told(started, rome)).serviceIds, [serviceId]));
});

test('a peer that is unlinked is not let in any more', async (t) => {
  const started = await startParis(t);
  settle(started);
  await eventually(() => told(started));
  started.api.put(configMaps, peers());
  await eventually(() => assert.rejects(told(started), /does not accept our certificate/));
});

test('a peer that was settled for a Link that had the name before is not let in by the one of now', async (t) => {
  const started = await startParis(t);
  settle(started);
  const { api } = started;
  const linked = () => api.put(links, aLink('london', exporting)).metadata.uid ?? '';
  const resolvedFor = (linkUid: string) =>
    api.put(configMaps, aConfigMap(ownNames.peers, { london: encodePeer({ ...peerOf(london), linkUid }) }));
  resolvedFor(linked());
  await eventually(() => told(started));
  api.drop(links, 'london');
  const uid = linked();
  await eventually(() => assert.rejects(told(started), /does not accept our certificate/));
  resolvedFor(uid);
  await eventually(() => told(started));
});

test('nothing is served before everything has been seen, and readiness says what is missing', async (t) => {
  const started = await startParis(t);
  const { api, agent, gateway } = started;
  const heal = api.fault({ path: 'services', times: Infinity }, { kind: 'answer', status: 500 });
  settle(started);
  await eventually(() => assert.match(agent.ready().join(), /^Services not listed yet: /));
  assert.equal(gateway().port(), 0);
  heal();
  await eventually(() => assert.deepEqual(agent.ready(), []), 20_000);
});

test('what callers trust is told to the operator while the CA is rotated, and only then', async (t) => {
  const started = await startParis(t, { instance: 'ingress-1' });
  const { api } = started;
  settle(started);
  const entry = () => api.find(configMaps, `service-mirror/${ownNames.callers}`)?.data?.['ingress-1'];
  api.put(configMaps, aConfigMap(ownNames.callers, {}));
  await eventually(() => told(started));
  assert.equal(entry(), undefined);
  const own = identity();
  api.put(configMaps, { ...own, data: { ...own.data, next: 'ab'.repeat(32) } });
  await eventually(() => assert.notEqual(entry(), undefined));
  const trusted = decodeHeard(entry() ?? '').get('london');
  assert.deepEqual(trusted, readCertificates(paris.authority.ca).map(fingerprintOf));
});

test('a gateway waits for its certificate, its identity and its peers, and says so', async (t) => {
  const started = await startParis(t);
  await eventually(() =>
    assert.match(
      started.agent.ready().join(),
      /ingress-tls is missing.*identity is missing.*peers is missing/,
    ),
  );
  settle(started);
  await eventually(() => assert.deepEqual(started.agent.ready(), []));
});

test('a service that goes while the API server cannot be read stays exported', async (t) => {
  const started = await startParis(t);
  settle(started);
  started.api.put(services, aService('hello', port(80), exported));
  await eventually(async () => assert.deepEqual((await told(started)).serviceIds, [serviceId]));
  const heal = started.api.fault({ times: Infinity }, { kind: 'answer', status: 500 });
  const before = started.api.seen.length;
  started.api.disconnect();
  started.api.drop(services, 'default/hello');
  await eventually(() => started.api.seen.length > before + 2);
  assert.deepEqual((await told(started)).serviceIds, [serviceId]);
  assert.deepEqual(started.agent.ready(), []);
  heal();
  await eventually(async () => assert.deepEqual((await told(started)).serviceIds, []), 20_000);
});

test('a new certificate is shown to new connections, and a broken one is not', async (t) => {
  const started = await startParis(t);
  settle(started);
  await eventually(() => told(started));
  const renewed = await leavesOf('paris', paris.authority);
  const shown = () =>
    new Promise<string | undefined>((resolve, reject) => {
      const options = {
        ...tlsOptions(london.egress, [paris.authority.ca]),
        servername: serverName('gateway', 'paris'),
      };
      const socket = connectTls({ host, port: started.gateway().port(), ...options }, () => {
        resolve(socket.getPeerX509Certificate()?.toString());
        socket.destroy();
      });
      socket.on('error', reject);
    });
  started.api.put(secrets, leaf({ ...renewed.ingress, key: 'odd' }));
  started.api.put(services, aService('hello', port(80), exported));
  await eventually(async () => assert.deepEqual((await told(started)).serviceIds, [serviceId]));
  assert.equal(await shown(), paris.ingress.cert);
  started.api.put(secrets, leaf(renewed.ingress));
  await eventually(async () => assert.equal(await shown(), renewed.ingress.cert));
});

test('a gateway that stops takes connections until nobody comes any more, and is not ready meanwhile', async (t) => {
  const clock = fakeClock();
  const driven: Clock = {
    ...systemClock,
    monotonic: () => clock.monotonic(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
  };
  const closed: number[] = [];
  const fake: IngressGateway = {
    apply: async () => [],
    connections: () => 2,
    close: async (graceMs) => void closed.push(graceMs),
  };
  const started = await startParis(t, {
    clock: driven,
    leaveMs: 20_000,
    drainMs: 7_000,
    gateway: () => fake,
  });
  settle(started);
  await eventually(() => assert.deepEqual(started.agent.ready(), []));
  started.stop.abort();
  await eventually(() => clock.timers > 0);
  assert.deepEqual(started.agent.ready(), ['draining']);
  await clock.advance(2_900);
  assert.deepEqual(closed, []);
  await clock.advance(200);
  await started.done;
  assert.deepEqual(closed, [7_000]);
});
