import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { recordEvents } from '../../../test/gen/counted.js';
import { eventually } from '../../../test/driver/eventually.js';
import { aPeer, type ListedState } from '../../../test/conformance/gatewaypair.js';
import { tryTls } from '../../../test/conformance/client.js';
import { freePort } from '../../../test/conformance/ports.js';
import { echo, startTarget } from '../../../test/conformance/target.js';
import { aCluster, type ClusterPki } from '../../../test/gen/pki.js';
import { systemClock } from '../../runtime/clock.js';
import { silent } from '../../runtime/log.js';
import { serverName } from '../../protocol/serviceid.js';
import type { IngressSettings } from '../model.js';
import { createIngress } from './ingress.js';

let london: ClusterPki;
let berlin: ClusterPki;
let paris: ClusterPki;

before(async () => {
  [london, berlin, paris] = (await Promise.all(
    ['london', 'berlin', 'paris'].map((name) => aCluster(name)),
  )) as [ClusterPki, ClusterPki, ClusterPki];
});

function start(change: Partial<IngressSettings> = {}) {
  const unused = () => assert.fail('not asked for');
  const base = { address: '127.0.0.1', port: 0, log: silent, clock: systemClock, report: unused };
  const ingress = createIngress({ ...base, ...change });
  return { ...ingress, [Symbol.asyncDispose]: () => ingress.close(0) };
}

const protocol = { kind: 'tcp' } as const;

function stateOf(target: number): ListedState {
  const allow = new Set(['to-london']);
  return {
    ...{ cluster: 'paris', identity: paris.ingress },
    peers: [aPeer('to-london', 'london', london.authority), aPeer('to-berlin', 'berlin', berlin.authority)],
    exports: [{ serviceId: 's-echo', target: { host: '127.0.0.1', port: target }, protocol, allow }],
  };
}

function shown({ egress: { cert, key } }: ClusterPki, serviceId = 's-echo') {
  return { cert, key, servername: serverName(serviceId, 'paris') };
}

test('what is carried and what is refused is counted by reason and link', async () => {
  await using target = await startTarget(echo);
  const { counted, events } = recordEvents();
  await using ingress = start({ events });
  const state = stateOf(target.port);
  const gone = { serviceId: 's-gone', target: { host: '127.0.0.1', port: await freePort() }, protocol };
  await ingress.apply({ ...state, exports: [...state.exports, { ...gone, allow: new Set(['to-london']) }] });
  const attempts = [
    shown(london, 's-gone'),
    shown(london, 's-none'),
    shown(berlin),
    { ...shown(london), servername: '' },
    {},
  ];
  for (const attempt of attempts)
    assert.deepEqual(await tryTls(ingress.port(), attempt), { refused: 'ECONNRESET' });
  assert.deepEqual(await tryTls(ingress.port(), shown(london)), { answered: 'hello\n' });
  await eventually(() => counted.length === 8);
  assert.deepEqual(counted, [
    ['refused', 'TargetRefused', 'to-london'],
    ['refused', 'UnknownServerName', 'to-london'],
    ['refused', 'NotAllowed', 'to-berlin'],
    ['refused', 'NoServerName', 'to-london'],
    ['refused', 'NoCertificate', undefined],
    ['opened', 'to-london'],
    ['moved', 'to-london', { sent: 6, received: 6 }],
    ['closed', 'to-london'],
  ]);
});

test('apply() leaves out a peer whose bundle is bad, names its link, and serves the others', async () => {
  await using target = await startTarget(echo);
  await using ingress = start();
  const state = stateOf(target.port);
  const peers = state.peers.map((peer) =>
    peer.link === 'to-berlin' ? { ...peer, caBundle: 'nonsense' } : peer,
  );
  const [missing, ...others] = await ingress.apply({ ...state, peers });
  assert.deepEqual([missing?.kind, missing?.reason, others], ['link', 'BundleInvalid', []]);
  assert.match(missing?.message ?? '', /link to-berlin: .*not PEM/);
  assert.deepEqual(await tryTls(ingress.port(), shown(london)), { answered: 'hello\n' });
  assert.ok('refused' in (await tryTls(ingress.port(), shown(berlin))));
});

test('apply() keeps the certificate that it has when the new one cannot be used, and takes all the rest', async () => {
  await using target = await startTarget(echo);
  await using ingress = start();
  const state = stateOf(target.port);
  const broken = { ...paris.ingress, key: london.egress.key };
  await assert.rejects(ingress.apply({ ...state, identity: broken }), 'there is none before');
  await ingress.apply(state);
  const [missing, ...others] = await ingress.apply({ ...state, identity: broken });
  assert.deepEqual([missing?.kind, missing?.reason, others], ['certificate', 'CertificateUnusable', []]);
  assert.deepEqual(await tryTls(ingress.port(), shown(london)), { answered: 'hello\n' });
  await ingress.apply({ ...state, exports: [], identity: broken });
  assert.ok('refused' in (await tryTls(ingress.port(), shown(london))), 'it is no longer exported');
});

test('apply() names exports that it does not carry, and serves the others', async () => {
  await using target = await startTarget(echo);
  await using ingress = start();
  const state = stateOf(target.port);
  const http = { ...state.exports[0]!, serviceId: 's-http', protocol: { kind: 'http' } as const };
  const [missing, ...others] = await ingress.apply({ ...state, exports: [...state.exports, http] });
  assert.deepEqual([missing?.reason, others], ['ProtocolUnsupported', []]);
  assert.ok(missing?.kind === 'export' && missing.serviceId === 's-http');
  assert.match(missing.message, /--implementation haproxy/);
  assert.deepEqual(await tryTls(ingress.port(), shown(london)), { answered: 'hello\n' });
  assert.ok('refused' in (await tryTls(ingress.port(), shown(london, 's-http'))));
});

test('apply() names a port that is in use, and has it when it is free', async () => {
  await using target = await startTarget(echo);
  const other = await startTarget(echo);
  await using ingress = start({ port: other.port });
  await assert.rejects(
    ingress.apply(stateOf(target.port)),
    new RegExp(`port ${other.port} cannot be listened on`),
  );
  await other[Symbol.asyncDispose]();
  await ingress.apply(stateOf(target.port));
  assert.deepEqual(await tryTls(other.port, shown(london)), { answered: 'hello\n' });
});

test('a gateway without peers trusts nobody, not even the CAs of the public web', async () => {
  await using target = await startTarget(echo);
  await using ingress = start();
  await ingress.apply({ ...stateOf(target.port), peers: [] });
  assert.deepEqual(await tryTls(ingress.port(), shown(london)), { refused: 'ECONNRESET' });
});

test('a client that leaves while its target is dialled leaves nothing behind', async () => {
  await using target = await startTarget(echo);
  await using ingress = start();
  await ingress.apply(stateOf(target.port));
  for (let round = 0; round < 10; round++) {
    const socket = connectTls({
      port: ingress.port(),
      host: '127.0.0.1',
      ca: paris.authority.ca,
      ...shown(london),
    });
    await new Promise((resolve) => socket.on('error', resolve).on('secureConnect', resolve));
    socket.destroy();
  }
  await eventually(() => ingress.connections() === 0);
});
