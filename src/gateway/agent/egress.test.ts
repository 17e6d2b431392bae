import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { before, test, type TestContext } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { eventually } from '../../../test/clock.js';
import { freePort } from '../../../test/conformance/ports.js';
import { startFakeApi } from '../../../test/fakeapi.js';
import { aConfigMap, aMirror, aSecret, holding, metadata, of } from '../../../test/gen.js';
import { aCluster, leavesOf, type ClusterPki } from '../../../test/pki.js';
import { ownNames } from '../../api/names.js';
import { configMaps, keyOf, secrets, serviceMirrors } from '../../api/resources.js';
import { systemClock } from '../../runtime/clock.js';
import { createKube } from '../../runtime/kube.js';
import { silent } from '../../runtime/log.js';
import { followApplied } from '../applied/client.js';
import { labelOf } from '../label.js';
import { encodePeer } from '../mtls/identity.js';
import type { Applied, EgressGateway, KeyPair } from '../model.js';
import { createEgress } from '../node/egress.js';
import { createIngress } from '../node/ingress.js';
import { createResolver } from '../resolve.js';
import { createEgressAgent, type EgressAgentOptions } from './egress.js';

const host = '127.0.0.1';
const namespace = 'service-mirror';
const label = labelOf({ namespace: 'default', name: 'hello', port: 80 });
let london: ClusterPki;
let paris: ClusterPki;
before(async () => {
  [london, paris] = await Promise.all([aCluster('london'), aCluster('paris')]);
});

const leaf = ({ cert, key, ca }: KeyPair) =>
  aSecret(ownNames.egressTls, { 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca });

const peers = (port: number) =>
  aConfigMap(ownNames.peers, {
    paris: encodePeer({
      ...{ link: 'paris', cluster: 'paris', caBundle: paris.authority.ca, addresses: [{ host, port }] },
      probe: { period: 200, timeout: 2_000, failureThreshold: 3, successThreshold: 1 },
    }),
  });

/** Paris: an ingress gateway that exports `hello`, an echo. Gives its port. */
async function startParis(t: TestContext): Promise<number> {
  const sockets = new Set<Socket>();
  const hello = createServer(
    (socket) => sockets.add(socket.on('error', () => {})).size && socket.pipe(socket),
  );
  await new Promise<void>((resolve) => hello.listen(0, host, resolve));
  const peerReport = () => ({
    ...({ protocol: 1, cluster: 'paris', uid: 'uid-paris' } as const),
    ...{ labels: [label], caFingerprints: [], addresses: [] },
  });
  const gateway = createIngress({ host, port: 0, log: silent, clock: systemClock, peerReport });
  const probe = { period: 1, timeout: 1, failureThreshold: 1, successThreshold: 1 };
  await gateway.apply({
    ...{ cluster: 'paris', identity: paris.ingress },
    peers: [{ link: 'london', cluster: 'london', caBundle: london.authority.ca, addresses: [], probe }],
    exports: [
      { label, target: { host, port: (hello.address() as AddressInfo).port }, allow: new Set(['london']) },
    ],
  });
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    hello.close();
    await gateway.close(0);
  });
  return gateway.port();
}

/** London: an API server and an egress gateway with its agent, which a test stops, or else the end of the test. */
async function startLondon(t: TestContext, options: Partial<EgressAgentOptions> = {}) {
  const api = await startFakeApi();
  const kube = createKube(api.config, { fieldManager: 'service-mirror' });
  const resolver = createResolver({ clock: systemClock });
  const port = await freePort();
  let gateway: EgressGateway | undefined;
  const agent = createEgressAgent({
    ...{ kube, namespace, resolver, clock: systemClock, log: silent, leaveMs: 100, drainMs: 0 },
    ...{ applied: { address: host, port }, lingerMs: 0, settleMs: 0 },
    gateway: (answering) =>
      (gateway = createEgress({ host, log: silent, clock: systemClock, resolver, answering })),
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
  return { api, agent, stop, done, port, gateway: () => gateway! };
}

/** London's operator, following that gateway until the test is over. */
function anOperator(
  t: TestContext,
  port: number,
  options: { tls?: () => KeyPair; listed?: () => boolean } = {},
) {
  const stop = new AbortController();
  const seen: (Applied | undefined)[] = [];
  const tls = () => london.operator;
  const onChange = (applied: Applied | undefined) => seen.push(applied);
  const done = followApplied(
    { address: host, port, cluster: 'london', clock: systemClock, tls, onChange, ...options },
    stop.signal,
  );
  t.after(async () => {
    stop.abort();
    await done;
  });
  return { seen, last: () => seen.at(-1) };
}

/** Sends a word through an egress port; gives back what the other side answers. */
async function say(port: number, word: string): Promise<string> {
  const socket = connect({ port, host });
  socket.write(word);
  try {
    const [answer] = (await once(socket, 'data')) as [Buffer];
    return answer.toString();
  } finally {
    socket.destroy();
  }
}

/** Fingerprint of the certificate that an egress gateway shows to its operator. */
async function shownBy(port: number): Promise<string | undefined> {
  const { cert, key } = london.operator;
  const socket = connectTls({ host, port, cert, key, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const shown = socket.getPeerX509Certificate()?.fingerprint256;
  socket.destroy();
  return shown;
}
const fingerprintOf = ({ cert }: KeyPair) => new X509Certificate(cert).fingerprint256;

test('a mirror with an egress port is routed, proved and reported, and a pod of the other cluster answers', async (t) => {
  const [ingress, port, { api, agent, port: applied }] = [
    await startParis(t),
    await freePort(),
    await startLondon(t),
  ];
  api.put(secrets, leaf(london.egress));
  api.put(configMaps, peers(ingress));
  api.put(serviceMirrors, aMirror('m', holding({ 80: port })));
  const operator = anOperator(t, applied);
  await eventually(() => operator.last()?.links.get('paris')?.healthy === true);
  assert.deepEqual([...operator.last()!.routes], [[port, { link: 'paris', label }]]);
  assert.deepEqual(operator.last()?.links.get('paris')?.peer?.labels, [label]);
  assert.equal(await say(port, 'bonjour'), 'bonjour');
  assert.deepEqual([agent.ready(), agent.live()], [[], []]);
});

test('nothing is applied before everything has been seen, and readiness says what is missing', async (t) => {
  const { api, agent, gateway } = await startLondon(t);
  const lists = api.fault({ path: 'servicemirrors', times: Infinity }, { kind: 'answer', status: 500 });
  api.put(secrets, leaf(london.egress));
  api.put(configMaps, peers(1));
  await eventually(() => assert.match(agent.ready().join(), /ServiceMirrors not listed yet: /));
  assert.equal(gateway().routes().size, 0);
  lists();
  await eventually(() => assert.deepEqual(agent.ready(), []), 20_000);
});

test('a gateway waits for its certificate and its peers, and says so', async (t) => {
  const { api, agent } = await startLondon(t);
  await eventually(() => assert.match(agent.ready().join(), /egress-tls is missing.*peers is missing/));
  api.put(secrets, leaf({ ...london.egress, key: london.operator.key }));
  await eventually(() => assert.match(agent.ready().join(), /tls\.key is not its key/));
  api.put(secrets, leaf(london.egress));
  api.put(configMaps, peers(1));
  await eventually(() => assert.deepEqual(agent.ready(), []));
});

test('routes follow the mirrors: added, withdrawn, and only while their peer is there', async (t) => {
  const [a, b] = [await freePort(), await freePort()];
  const seen: string[] = [];
  const { api, gateway } = await startLondon(t, { onLinks: (links) => seen.push([...links].join()) });
  api.put(secrets, leaf(london.egress));
  api.put(configMaps, peers(1));
  api.put(serviceMirrors, aMirror('a', holding({ 80: a })));
  const ports = () => [...gateway().routes().keys()];
  await eventually(() => assert.deepEqual(ports(), [a]));
  api.put(serviceMirrors, aMirror('b', metadata({ uid: 'b' }), of('paris', 'default/b'), holding({ 80: b })));
  await eventually(() => assert.deepEqual(ports().sort(), [a, b].sort()));
  api.drop(serviceMirrors, 'default/a');
  await eventually(() => assert.deepEqual(ports(), [b]));
  api.put(configMaps, aConfigMap(ownNames.peers, {}));
  await eventually(() => assert.deepEqual(ports(), []));
  await eventually(() => assert.deepEqual([seen[0], seen.at(-1)], ['paris', '']));
});

test('a route that is to go counts as gone before the gateway has done all the rest', async (t) => {
  const port = await freePort();
  const stuck = Promise.withResolvers<void>();
  let times = 0;
  const fake: EgressGateway = {
    apply: () => (times++ === 0 ? Promise.resolve() : stuck.promise),
    routes: () => new Map([[port, { port, link: 'paris', label }]]),
    connections: () => 0,
    close: async () => {},
  };
  const { api, port: applied } = await startLondon(t, { gateway: () => fake });
  api.put(secrets, leaf(london.egress));
  api.put(configMaps, peers(1));
  api.put(serviceMirrors, aMirror('m', holding({ 80: port })));
  const operator = anOperator(t, applied);
  await eventually(() => operator.last()?.routes.has(port) === true);
  api.drop(serviceMirrors, 'default/m');
  await eventually(() => operator.last()?.routes.has(port) === false);
  stuck.resolve();
});

test('a route outlives its mirror for as long as nodes may still use it', async (t) => {
  const [ingress, port, { api, gateway }] = [
    await startParis(t),
    await freePort(),
    await startLondon(t, { lingerMs: 400 }),
  ];
  api.put(secrets, leaf(london.egress));
  api.put(configMaps, peers(ingress));
  const mirror = api.put(serviceMirrors, aMirror('m', holding({ 80: port })));
  await eventually(() => gateway().routes().has(port));
  api.drop(serviceMirrors, keyOf(mirror));
  api.put(serviceMirrors, aMirror('other', metadata({ uid: 'o' }), holding({ 80: await freePort() })));
  await eventually(() => gateway().routes().size === 2);
  assert.equal(await say(port, 'encore'), 'encore');
  await eventually(() => !gateway().routes().has(port));
});

test('an API server that is gone changes nothing: traffic goes on and the gateway stays ready', async (t) => {
  const [ingress, port, { api, agent, gateway }] = [
    await startParis(t),
    await freePort(),
    await startLondon(t),
  ];
  api.put(secrets, leaf(london.egress));
  api.put(configMaps, peers(ingress));
  api.put(serviceMirrors, aMirror('m', holding({ 80: port })));
  await eventually(() => gateway().routes().has(port));
  const before = api.seen.length;
  const heal = api.fault({ times: Infinity }, { kind: 'answer', status: 500 });
  api.disconnect();
  await eventually(() => api.seen.length > before + 2);
  assert.equal(await say(port, 'toujours'), 'toujours');
  assert.deepEqual(agent.ready(), []);
  heal();
});

test('a missing or broken Secret leaves the certificate in force, and a new one takes its place on live connections too', async (t) => {
  const [ingress, port, { api, agent, port: applied }] = [
    await startParis(t),
    await freePort(),
    await startLondon(t),
  ];
  api.put(secrets, leaf(london.egress));
  api.put(configMaps, peers(ingress));
  api.put(serviceMirrors, aMirror('m', holding({ 80: port })));
  await eventually(() => assert.deepEqual(agent.ready(), []));
  api.drop(secrets, `${namespace}/${ownNames.egressTls}`);
  api.put(serviceMirrors, aMirror('n', metadata({ uid: 'n' }), holding({ 80: await freePort() })));
  const operator = anOperator(t, applied);
  await eventually(() => operator.last()?.routes.size === 2);
  assert.deepEqual(agent.ready(), []);
  const renewed = await leavesOf('london', london.authority);
  assert.equal(await shownBy(applied), fingerprintOf(london.egress));
  api.put(secrets, leaf(renewed.egress));
  await eventually(async () => assert.equal(await shownBy(applied), fingerprintOf(renewed.egress)));
  await eventually(() => operator.last()?.links.get('paris')?.healthy === true);
  assert.equal(await say(port, 'salut'), 'salut');
});

test('a port that somebody else has does not keep the other routes from being served and reported', async (t) => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, host, resolve));
  t.after(() => taken.close());
  const [busy, port] = [(taken.address() as AddressInfo).port, await freePort()];
  const { api, agent, port: applied } = await startLondon(t);
  api.put(secrets, leaf(london.egress));
  api.put(configMaps, peers(1));
  api.put(serviceMirrors, aMirror('busy', holding({ 80: busy })));
  api.put(serviceMirrors, aMirror('m', metadata({ uid: 'm' }), holding({ 80: port })));
  const operator = anOperator(t, applied);
  await eventually(() => assert.deepEqual([...(operator.last()?.routes.keys() ?? [])], [port]));
  assert.deepEqual(agent.ready(), []);
});

test('a gateway that stops waits until no slice lists it, and lets what lives live on meanwhile', async (t) => {
  const [ingress, port] = [await startParis(t), await freePort()];
  const {
    api,
    agent,
    stop,
    done,
    gateway,
    port: applied,
  } = await startLondon(t, {
    leaveMs: 60_000,
    drainMs: 60_000,
  });
  api.put(secrets, leaf(london.egress));
  api.put(configMaps, peers(ingress));
  api.put(serviceMirrors, aMirror('m', holding({ 80: port })));
  let listed = true;
  const operator = anOperator(t, applied, { listed: () => listed });
  await eventually(() => operator.last()?.links.get('paris')?.healthy === true);
  const stream = connect({ port, host });
  stream.write('un');
  await once(stream, 'data');

  stop.abort();
  await eventually(() => operator.last()?.draining === true);
  assert.deepEqual(agent.ready(), ['draining']);
  assert.equal(await say(port, 'encore'), 'encore', 'it is still listed: it takes connections');
  listed = false;
  await eventually(() => gateway().routes().size === 0);
  await assert.rejects(say(port, 'trop tard'), { code: 'ECONNREFUSED' });
  stream.write('deux');
  assert.equal(
    String((await once(stream, 'data'))[0]),
    'deux',
    'a live connection lasts until the drain is over',
  );
  stream.destroy();
  await done;
});

test('a gateway that no operator looks at stops at once', async (t) => {
  const { api, agent, stop, done } = await startLondon(t, { leaveMs: 60_000 });
  api.put(secrets, leaf(london.egress));
  api.put(configMaps, peers(1));
  await eventually(() => assert.deepEqual(agent.ready(), []));
  const before = performance.now();
  stop.abort();
  await done;
  assert.ok(performance.now() - before < 5_000);
});

test('a gateway that has never served stops at once', async (t) => {
  const { stop, done } = await startLondon(t);
  stop.abort();
  await done;
});
