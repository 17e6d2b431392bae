import assert from 'node:assert/strict';
import { createServer, type ServerOptions } from 'node:https';
import { createServer as createPlain } from 'node:http';
import type { RequestListener } from 'node:http';
import { createServer as createTcp, type AddressInfo, type Server } from 'node:net';
import { before, test, type TestContext } from 'node:test';
import { aCluster, aLeaf, type ClusterPki } from '../../../test/gen/pki.js';
import { systemClock } from '../../runtime/clock.js';
import { silent } from '../../runtime/log.js';
import { tlsOptions } from '../../pki/context.js';
import { ProbeTimeoutError } from '../../net/probe/failure.js';
import { largestReport, type PeerReport } from '../../protocol/report.js';
import type { KeyPair } from '../../pki/keypair.js';
import type { Peer } from '../../protocol/peer.js';
import { createIngress } from '../node/ingress.js';
import { probePeer, type PeerTarget } from './peer.js';

let london: ClusterPki;
let paris: ClusterPki;
let rome: ClusterPki;
before(async () => {
  [london, paris, rome] = await Promise.all([aCluster('london'), aCluster('paris'), aCluster('rome')]);
});

const ip = '127.0.0.1';
const never = new AbortController().signal;
const probe = { period: 3_000, timeout: 2_000, failureThreshold: 3, successThreshold: 1 };
const report: PeerReport = {
  ...{ protocol: 2, cluster: 'paris', uid: 'uid-paris', serviceIds: ['s-1'], caFingerprints: ['ab'] },
  addresses: [{ host: '203.0.113.7', port: 4143 }],
};

const peerOf = ({ cluster, authority }: ClusterPki): Peer => {
  return { link: cluster, cluster, caBundle: authority.ca, addresses: [], probe };
};

function target(port: number, fields: Partial<PeerTarget> = {}): PeerTarget {
  return { ip, port, peer: peerOf(paris), identity: london.egress, now: Date.now(), ...fields };
}

/** Paris's real ingress gateway, which knows London. */
async function aParis(t: TestContext, peers = [peerOf(london)], tell = () => report) {
  const gateway = createIngress({ address: ip, port: 0, log: silent, clock: systemClock, report: tell });
  t.after(() => gateway.close(0));
  await gateway.apply({ cluster: 'paris', identity: paris.ingress, peers, exports: [] });
  return gateway.port();
}

/** Something else that listens where the gateway should. */
async function listening(t: TestContext, server: Server): Promise<number> {
  server.listen(0, ip);
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

const aServer = (identity: KeyPair, handler: RequestListener = () => {}, options: ServerOptions = {}) =>
  createServer({ ...tlsOptions(identity, [london.authority.ca]), requestCert: true, ...options }, handler);

async function messageOf(probed: ReturnType<typeof probePeer>): Promise<string> {
  const result = await probed;
  assert.equal(result.ok, false);
  return result.message;
}

test("probePeer() brings a gateway's report", async (t) => {
  const result = await probePeer(target(await aParis(t)), never);
  assert.deepEqual(result.ok && result.answer.report, report);
});

test('probePeer() brings what it knows when nothing has changed, and the new report when it has', async (t) => {
  let current = report;
  const port = await aParis(t, undefined, () => current);
  const first = await probePeer(target(port), never);
  assert.ok(first.ok);
  const second = await probePeer(target(port, { known: first.answer }), never);
  assert.ok(second.ok && second.answer === first.answer, 'the very same');
  current = { ...report, serviceIds: ['s-1', 's-2'] };
  const third = await probePeer(target(port, { known: first.answer }), never);
  assert.deepEqual(third.ok && third.answer.report.serviceIds, ['s-1', 's-2']);
});

test('probePeer() fails when the peer does not know us', async (t) => {
  const port = await aParis(t, [peerOf(rome)]);
  assert.match(await messageOf(probePeer(target(port), never)), /does not accept our certificate/);
});

test('probePeer() fails when the gateway is of another CA, of another cluster, or not a gateway', async (t) => {
  const cases: readonly (readonly [KeyPair, RegExp])[] = [
    [(await aCluster('paris')).ingress, /CA that is not among those known/],
    [
      {
        ...(await aLeaf(paris.authority, 'rome', {
          dnsNames: ['*.rome.mirror.internal'],
          usages: ['serverAuth'],
        })),
      },
      /another name/,
    ],
    [
      await aLeaf(paris.authority, 'paris', {
        dnsNames: ['*.paris.mirror.internal'],
        uris: [],
        usages: ['serverAuth'],
      }),
      /SPIFFE ID/,
    ],
    [
      await aLeaf(paris.authority, 'paris', {
        ...{ dnsNames: ['*.paris.mirror.internal'], usages: ['serverAuth'] },
        uris: ['spiffe://paris.mirror.internal/operator'],
      }),
      /another identity/,
    ],
    [
      await aLeaf(paris.authority, 'paris', {
        ...{ dnsNames: ['*.paris.mirror.internal'], usages: ['serverAuth'] },
        ...{ now: new Date(Date.now() - 3_600_000), life: 60_000 },
      }),
      /expired/,
    ],
  ];
  for (const [identity, message] of cases) {
    const port = await listening(t, aServer(identity));
    assert.match(await messageOf(probePeer(target(port), never)), message);
  }
});

test('probePeer() fails when what listens there speaks another language', async (t) => {
  const http = await listening(t, createPlain());
  assert.match(await messageOf(probePeer(target(http), never)), /does not speak TLS/);
  const old = await listening(
    t,
    aServer(paris.ingress, undefined, { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' }),
  );
  assert.match(await messageOf(probePeer(target(old), never)), /TLS 1\.3/);
});

test('probePeer() fails when nobody listens there, and when nobody answers', async (t) => {
  const closed = createTcp();
  const port = await listening(t, closed);
  await new Promise((resolve) => closed.close(resolve));
  assert.match(await messageOf(probePeer(target(port), never)), /127\.0\.0\.1:\d+ refused/);
  const stop = new AbortController();
  const mute = await listening(
    t,
    createTcp((socket) => {
      socket.on('error', () => {});
      stop.abort(new ProbeTimeoutError('does not answer within 2 s'));
    }),
  );
  assert.match(await messageOf(probePeer(target(mute), stop.signal)), /does not answer within 2 s/);
});

const answers: Readonly<Record<string, readonly [status: number, body: string, RegExp]>> = {
  'another status': [404, '', /status 404/],
  'a 304 that was not asked for': [304, '', /status 304/],
  'no JSON': [200, '<html>', /JSON/],
  'no object': [200, 'null', /protocol/],
  'another protocol': [200, '{"protocol":1}', /protocol 1, we speak 2/],
  'no cluster': [200, '{"protocol":2}', /cluster/],
  'no service IDs': [
    200,
    '{"protocol":2,"cluster":"paris","uid":"1","serviceIds":[1],"caFingerprints":[],"addresses":[]}',
    /report/,
  ],
};
for (const [title, [status, body, message]] of Object.entries(answers)) {
  test(`probePeer() fails when the peer channel answers ${title}`, async (t) => {
    const port = await listening(
      t,
      aServer(paris.ingress, (_request, response) =>
        response.writeHead(status, { connection: 'close' }).end(body),
      ),
    );
    assert.match(await messageOf(probePeer(target(port), never)), message);
  });
}

test('probePeer() takes no more than a report may have', async (t) => {
  const body = ' '.repeat(largestReport + 1);
  const port = await listening(
    t,
    aServer(paris.ingress, (_request, response) => response.writeHead(200).end(body)),
  );
  assert.match(await messageOf(probePeer(target(port), never)), /larger than \d+ bytes/);
});
