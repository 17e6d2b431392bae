import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { eventually } from '../../../test/driver/eventually.js';
import { freePort } from '../../../test/conformance/ports.js';
import {
  anOperator,
  host,
  serviceId,
  leaf,
  london,
  namespace,
  peers,
  say,
  startLondon,
  startParis,
} from '../../../test/gen/egress.js';
import { aConfigMap, aMirror, holding, metadata, of } from '../../../test/gen/gen.js';
import { aCluster, leavesOf } from '../../../test/gen/pki.js';
import { ownNames } from '../../api/names.js';
import { configMaps, keyOf, secrets, serviceMirrors } from '../../api/resources.js';
import type { KeyPair } from '../../pki/keypair.js';
import type { EgressGateway } from '../model.js';
import { nowhereToDial, type NotInForce } from '../outcome.js';

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

/** A gateway of London with all that it needs to carry what comes to a port of its own to Paris, for a mirror. */
async function startCarrying(t: TestContext, options: Parameters<typeof startLondon>[1] = {}) {
  const [ingress, port, { port: applied, ...started }] = [
    await startParis(t),
    await freePort(),
    await startLondon(t, options),
  ];
  const { api } = started;
  api.put(secrets, leaf(london.egress));
  api.put(configMaps, peers(ingress));
  const mirror = api.put(serviceMirrors, aMirror('m', holding({ 80: port })));
  return { ...started, applied, port, mirror };
}

test('a mirror with an egress port is routed, proved and reported, and a pod of the other cluster answers', async (t) => {
  const { agent, applied, port } = await startCarrying(t);
  const operator = anOperator(t, applied);
  await eventually(() => operator.last()?.links.get('paris')?.healthy === true);
  assert.deepEqual([...operator.last()!.routes], [[port, { link: 'paris', serviceId }]]);
  assert.deepEqual(operator.last()?.links.get('paris')?.peer?.serviceIds, [serviceId]);
  assert.equal(await say(port, 'bonjour'), 'bonjour');
  assert.deepEqual([agent.ready(), agent.live()], [[], []]);
});

test('nothing is applied before everything has been seen, and readiness says what is missing', async (t) => {
  const { api, agent, ports } = await startLondon(t);
  const lists = api.fault({ path: 'servicemirrors', times: Infinity }, { kind: 'answer', status: 500 });
  api.put(secrets, leaf(london.egress));
  api.put(configMaps, peers(1));
  await eventually(() => assert.match(agent.ready().join(), /ServiceMirrors not listed yet: /));
  assert.equal(ports().length, 0);
  lists();
  await eventually(() => assert.deepEqual(agent.ready(), []), 20_000);
});

test('a gateway waits for its certificate and its peers, and says so', async (t) => {
  const { api, agent } = await startLondon(t);
  await eventually(() => assert.match(agent.ready().join(), /egress-tls is missing.*peers is missing/));
  api.put(secrets, leaf({ ...london.egress, key: london.operator.key }));
  await eventually(() => assert.match(agent.ready().join(), /tls\.key is not the key of tls\.crt/));
  api.put(secrets, leaf(london.egress));
  api.put(configMaps, peers(1));
  await eventually(() => assert.deepEqual(agent.ready(), []));
});

test('routes follow the mirrors: added, withdrawn, and only while their peer is there', async (t) => {
  const [a, b] = [await freePort(), await freePort()];
  const seen: string[] = [];
  const { api, ports } = await startLondon(t, { onLinks: (links) => seen.push([...links].join()) });
  api.put(secrets, leaf(london.egress));
  api.put(configMaps, peers(1));
  api.put(serviceMirrors, aMirror('a', holding({ 80: a })));
  await eventually(() => assert.deepEqual(ports(), [a]));
  api.put(serviceMirrors, aMirror('b', metadata({ uid: 'b' }), of('paris', 'default/b'), holding({ 80: b })));
  await eventually(() => assert.deepEqual(ports().toSorted(), [a, b].sort()));
  api.drop(serviceMirrors, 'default/a');
  await eventually(() => assert.deepEqual(ports(), [b]));
  api.put(configMaps, aConfigMap(ownNames.peers, {}));
  await eventually(() => assert.deepEqual(ports(), []));
  await eventually(() => assert.deepEqual([seen[0], seen.at(-1)], ['paris', '']));
});

test('a route that is to go counts as gone before the gateway has done all the rest', async (t) => {
  const port = await freePort();
  const stuck = Promise.withResolvers<[]>();
  let times = 0;
  const fake: EgressGateway = {
    apply: () => (times++ === 0 ? Promise.resolve([]) : stuck.promise),
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
  stuck.resolve([]);
});

test('a route that is to go stays gone when the gateway fails, and the others stay in force', async (t) => {
  const [kept, going] = [await freePort(), await freePort()];
  let failures = 0;
  const fake: EgressGateway = {
    apply: ({ routes }) => {
      if ([...routes.values()].length > 1) return Promise.resolve([]);
      failures++;
      return Promise.reject(new Error('HAProxy does not take it'));
    },
    connections: () => 0,
    close: async () => {},
  };
  const { api, port: applied } = await startLondon(t, { gateway: () => fake });
  api.put(secrets, leaf(london.egress));
  api.put(configMaps, peers(1));
  api.put(serviceMirrors, aMirror('kept', metadata({ uid: 'kept' }), holding({ 80: kept })));
  api.put(serviceMirrors, aMirror('going', metadata({ uid: 'going' }), holding({ 80: going })));
  const operator = anOperator(t, applied);
  await eventually(() => operator.last()?.routes.size === 2);
  api.drop(serviceMirrors, 'default/going');
  await eventually(() => operator.last()?.routes.has(going) === false);
  const before = failures;
  const reported = new Set<string>();
  await eventually(() => {
    reported.add([...(operator.last()?.routes.keys() ?? [])].join());
    return failures > before + 1;
  }, 30_000);
  assert.deepEqual([...reported], [`${kept}`]);
});

test('a gateway that carries nothing for a while has no routes in force, until it is back', async (t) => {
  const port = await freePort();
  let problem: string | undefined;
  const fake: EgressGateway = {
    apply: () => Promise.resolve([]),
    connections: () => 0,
    problem: () => problem,
    close: async () => {},
  };
  const { api, agent, port: applied } = await startLondon(t, { gateway: () => fake, outageMs: 50 });
  api.put(secrets, leaf(london.egress));
  api.put(configMaps, peers(1));
  api.put(serviceMirrors, aMirror('m', holding({ 80: port })));
  const operator = anOperator(t, applied);
  await eventually(() => operator.last()?.routes.has(port) === true);
  problem = 'HAProxy is not there';
  assert.deepEqual(agent.ready(), [problem]);
  await eventually(() => operator.last()?.routes.has(port) === false);
  problem = undefined;
  await eventually(() => operator.last()?.routes.has(port) === true);
  assert.deepEqual(agent.ready(), []);
});

test('a route outlives its mirror for as long as nodes may still use it', async (t) => {
  const { api, ports, port, mirror } = await startCarrying(t, { lingerMs: 400 });
  await eventually(() => ports().includes(port));
  api.drop(serviceMirrors, keyOf(mirror));
  api.put(serviceMirrors, aMirror('other', metadata({ uid: 'o' }), holding({ 80: await freePort() })));
  await eventually(() => ports().length === 2);
  assert.equal(await say(port, 'encore'), 'encore');
  await eventually(() => !ports().includes(port));
});

test('an API server that is gone changes nothing: traffic goes on and the gateway stays ready', async (t) => {
  const { api, agent, ports, port } = await startCarrying(t);
  await eventually(() => ports().includes(port));
  const before = api.seen.length;
  const heal = api.fault({ times: Infinity }, { kind: 'answer', status: 500 });
  api.disconnect();
  await eventually(() => api.seen.length > before + 2);
  assert.equal(await say(port, 'toujours'), 'toujours');
  assert.deepEqual(agent.ready(), []);
  heal();
});

test('a missing or broken Secret leaves the certificate in force, and a new one takes its place on live connections too', async (t) => {
  const { api, agent, applied, port } = await startCarrying(t);
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

test('a certificate that peers would refuse does not take the place of the one in force', async (t) => {
  const { api, agent, port: applied } = await startLondon(t);
  api.put(secrets, leaf(london.egress));
  api.put(configMaps, peers(1));
  await eventually(() => assert.deepEqual(agent.ready(), []));
  const other = await aCluster('london');
  api.put(secrets, leaf({ ...other.egress, ca: london.authority.ca }));
  api.put(serviceMirrors, aMirror('m', holding({ 80: await freePort() })));
  const operator = anOperator(t, applied);
  await eventually(() => operator.last()?.routes.size === 1);
  assert.equal(await shownBy(applied), fingerprintOf(london.egress));
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

test('a route that is not in force is not told to the operator, until the gateway says that it is', async (t) => {
  const [good, waiting] = [await freePort(), await freePort()];
  let missing: readonly NotInForce[] = [
    { kind: 'port', port: waiting, reason: 'ReloadPending', message: 'a reload has to wait' },
  ];
  let onChange = () => {};
  const fake: EgressGateway = { apply: async () => missing, connections: () => 0, close: async () => {} };
  const {
    api,
    agent,
    port: applied,
  } = await startLondon(t, {
    gateway: (given) => {
      ({ onChange } = given);
      return fake;
    },
  });
  api.put(secrets, leaf(london.egress));
  api.put(configMaps, peers(1));
  api.put(serviceMirrors, aMirror('good', metadata({ uid: 'good' }), holding({ 80: good })));
  api.put(serviceMirrors, aMirror('waiting', metadata({ uid: 'waiting' }), holding({ 80: waiting })));
  const operator = anOperator(t, applied);
  const told = () => [...(operator.last()?.routes.keys() ?? [])];
  await eventually(() => assert.deepEqual(told(), [good]));
  assert.deepEqual(agent.ready(), []);
  missing = [];
  onChange();
  await eventually(() => assert.deepEqual(told().toSorted(), [good, waiting].toSorted()));
  missing = [nowhereToDial('paris')];
  onChange();
  await eventually(() => assert.deepEqual(told(), []));
});
