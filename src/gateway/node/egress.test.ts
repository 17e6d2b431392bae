import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { recordEvents } from '../../../test/gen/counted.js';
import { eventually } from '../../../test/driver/eventually.js';
import { aPeer } from '../../../test/conformance/gatewaypair.js';
import { connect, endsAs, read, readAll, visit } from '../../../test/conformance/client.js';
import { freePort } from '../../../test/conformance/ports.js';
import { echo, startTarget } from '../../../test/conformance/target.js';
import { aCluster, type ClusterPki } from '../../../test/gen/pki.js';
import { systemClock } from '../../runtime/clock.js';
import { silent } from '../../runtime/log.js';
import { createResolver } from '../../net/resolve.js';
import { uncounted } from '../events.js';
import type { EgressSettings, EgressState, Route } from '../model.js';
import { portRefused } from '../outcome.js';
import { createEgress } from './egress.js';
import { createIngress } from './ingress.js';

let london: ClusterPki;
let paris: ClusterPki;

before(async () => {
  [london, paris] = await Promise.all([aCluster('london'), aCluster('paris')]);
});

function start(change: Partial<EgressSettings> = {}) {
  const resolver = createResolver({ clock: systemClock });
  const egress = createEgress({ address: '127.0.0.1', log: silent, clock: systemClock, resolver, ...change });
  return { ...egress, [Symbol.asyncDispose]: () => egress.close(0) };
}

/** Paris's gateway, which leads `s-echo` to an echo. */
async function startParis() {
  const target = await startTarget(echo);
  const unused = () => assert.fail('not asked for');
  const ingress = createIngress({
    address: '127.0.0.1',
    port: 0,
    log: silent,
    clock: systemClock,
    report: unused,
  });
  const exported = {
    serviceId: 's-echo',
    target: { host: '127.0.0.1', port: target.port },
    protocol: { kind: 'tcp' } as const,
    allow: new Set(['to-london']),
  };
  await ingress.apply({
    ...{ cluster: 'paris', identity: paris.ingress, exports: [exported] },
    peers: [aPeer('to-london', 'london', london.authority)],
  });
  const stop = async () => {
    await Promise.all([ingress.close(0), target[Symbol.asyncDispose]()]);
  };
  return { port: ingress.port(), [Symbol.asyncDispose]: stop };
}

function stateOf(port: number | undefined, ...routes: Route[]): EgressState {
  return { identity: london.egress, peers: [aPeer('to-paris', 'paris', paris.authority, port)], routes };
}

const route = (port: number, serviceId = 's-echo', link = 'to-paris'): Route => ({ port, link, serviceId });

test('apply() listens on 10,000 routes in a moment, and adds one more in no time', async () => {
  await using egress = start({ address: '127.77.0.1' });
  const routes = Array.from({ length: 10_000 }, (_, index) => route(20_000 + index));
  const began = performance.now();
  assert.deepEqual(await egress.apply(stateOf(1, ...routes)), []);
  const all = performance.now();
  assert.deepEqual(await egress.apply(stateOf(1, ...routes, route(30_000))), []);
  const one = performance.now();
  // Measured: 0.3 s and 10 ms; the bounds leave room for a busy machine.
  assert.ok(all - began < 5_000, `${all - began} ms for all`);
  assert.ok(one - all < 500, `${one - all} ms for one more`);
});

test('apply() names a port that is in use, and makes the rest so', async () => {
  await using other = await startTarget(echo);
  await using gateway = await startParis();
  await using egress = start();
  const port = await freePort();
  assert.deepEqual(await egress.apply(stateOf(gateway.port, route(other.port), route(port))), [
    portRefused(other.port),
  ]);
  const client = await connect(port);
  client.end('hello');
  assert.equal((await readAll(client)).toString(), 'hello');
});

test('apply() takes a route to another service ID without listening anew, and keeps no connection to the one before', async () => {
  await using gateway = await startParis();
  await using egress = start();
  const port = await freePort();
  await egress.apply(stateOf(gateway.port, route(port)));
  const before = await connect(port);
  before.write('a');
  await read(before, 1);
  await egress.apply(stateOf(gateway.port, route(port, 's-none')));
  assert.equal(await visit(port), 'ECONNRESET');
  await endsAs(before, ['ECONNRESET']);
});

for (const [what, caps, links] of [
  ['of one client than it may', { perLink: 4 }, ['to-paris', 'to-paris', 'to-paris']],
  ['than all links may', { connections: 2 }, ['to-paris', 'also', 'third']],
] as const) {
  test(`carries no more connections ${what}, and another when one has ended`, async () => {
    const refused: string[] = [];
    await using gateway = await startParis();
    await using egress = start({
      caps,
      events: { ...uncounted, refused: (reason, link) => refused.push(`${reason} ${link}`) },
    });
    const routes = await Promise.all(links.map(async (link) => ({ ...route(await freePort()), link })));
    const peers = [...new Set(links)].map((link) => aPeer(link, 'paris', paris.authority, gateway.port));
    await egress.apply({ identity: london.egress, peers, routes });
    const [first, second, last] = routes.map(({ port }) => port) as [number, number, number];
    const carried = [];
    for (const port of [first, second]) {
      const client = await connect(port);
      client.write('a');
      await read(client, 1);
      carried.push(client);
    }
    assert.equal(await visit(last), 'ECONNRESET');
    assert.deepEqual(refused, [`TooMany ${links[2]}`]);
    carried.pop()!.destroy();
    await eventually(() => egress.connections() === 1);
    const next = await connect(last);
    next.end('b');
    assert.equal((await readAll(next)).toString(), 'b');
    for (const client of carried) client.destroy();
  });
}

test('apply() leaves out a peer whose bundle is bad, names its link, and serves the others', async () => {
  await using gateway = await startParis();
  await using egress = start();
  const [good, bad] = await Promise.all([freePort(), freePort()]);
  const state = stateOf(gateway.port, route(good), route(bad, 's-echo', 'to-rome'));
  const rome = { ...state.peers[0]!, link: 'to-rome', cluster: 'rome', caBundle: 'nonsense' };
  const [missing, ...others] = await egress.apply({ ...state, peers: [rome, ...state.peers] });
  assert.deepEqual([missing?.kind, missing?.reason, others], ['link', 'BundleInvalid', []]);
  assert.match(missing?.message ?? '', /link to-rome: .*not PEM/);
  const client = await connect(good);
  client.end('hello');
  assert.equal((await readAll(client)).toString(), 'hello');
  assert.equal(await visit(bad), 'ECONNRESET');
});

test('apply() keeps the certificate that it has when the new one cannot be used', async () => {
  await using gateway = await startParis();
  await using egress = start();
  const port = await freePort();
  const state = stateOf(gateway.port, route(port));
  await egress.apply(state);
  const broken = { ...london.egress, key: paris.egress.key };
  const [missing, ...others] = await egress.apply({ ...state, identity: broken });
  assert.deepEqual([missing?.kind, missing?.reason, others], ['certificate', 'CertificateUnusable', []]);
  const client = await connect(port);
  client.end('hello');
  assert.equal((await readAll(client)).toString(), 'hello');
});

test('apply() names a peer that is nowhere', async () => {
  await using egress = start();
  const [missing, ...others] = await egress.apply(stateOf(undefined));
  assert.deepEqual([missing?.kind, missing?.reason, others], ['link', 'NoAddress', []]);
});

test('what is carried and what is refused is counted', async () => {
  await using gateway = await startParis();
  const { counted, events } = recordEvents();
  await using egress = start({ events });
  const ports = await Promise.all(Array.from({ length: 4 }, freePort));
  const gone = await freePort();
  const state = stateOf(gateway.port, route(ports[0]!), route(ports[1]!, 's', 'no-such-link'));
  await egress.apply({
    ...state,
    peers: [
      ...state.peers,
      aPeer('nowhere', 'rome', london.authority),
      aPeer('dead', 'oslo', london.authority, gone),
    ],
    routes: [...state.routes.values(), route(ports[2]!, 's', 'nowhere'), route(ports[3]!, 's', 'dead')],
  });
  const client = await connect(ports[0]!);
  client.end('hello');
  await readAll(client);
  for (const port of ports.slice(1)) await visit(port);
  await eventually(() => counted.length === 6);
  assert.deepEqual(counted, [
    ['opened', 'to-paris'],
    ['moved', 'to-paris', { sent: 5, received: 5 }],
    ['closed', 'to-paris'],
    ['refused', 'NoPeer', 'no-such-link'],
    ['refused', 'NoAddress', 'nowhere'],
    ['refused', 'PeerUnreachable', 'dead'],
  ]);
});

test('a client that leaves before its peer is reached leaves nothing behind', async () => {
  await using mute = await startTarget((socket) => socket.resume());
  await using egress = start();
  const port = await freePort();
  await egress.apply(stateOf(mute.port, route(port)));
  const client = await connect(port);
  await eventually(() => mute.accepted.length === 1);
  assert.equal(egress.connections(), 1);
  client.resetAndDestroy();
  await eventually(() => egress.connections() === 0);
  await eventually(() => mute.accepted[0]!.destroyed || mute.accepted[0]!.readableEnded);
});

test('a gateway that was closed takes no new state', async () => {
  const egress = start();
  const port = await freePort();
  await egress.apply(stateOf(1, route(port)));
  await egress.close(0);
  await assert.rejects(egress.apply(stateOf(1, route(port))), /was closed/);
  await assert.rejects(connect(port), { code: 'ECONNREFUSED' });
});
