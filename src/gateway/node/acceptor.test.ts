import assert from 'node:assert/strict';
import { once } from 'node:events';
import { before, test } from 'node:test';
import type { Socket } from 'node:net';
import { type TLSSocket, connect as connectTls } from 'node:tls';
import { eventually } from '../../../test/driver/eventually.js';
import { connect, ending, tryTls, visit } from '../../../test/conformance/client.js';
import { moments } from '../../../test/conformance/socketpair.js';
import { startTarget } from '../../../test/conformance/target.js';
import { aCluster, aLeaf, type ClusterPki } from '../../../test/gen/pki.js';
import { systemClock } from '../../runtime/clock.js';
import { tlsOptions } from '../../pki/context.js';
import { type AcceptorHandlers, createAcceptor, refusalOf, verifyRefusal } from './acceptor.js';
import { tlsEnd } from '../tcp/splice.js';

let london: ClusterPki;
let paris: ClusterPki;

before(async () => {
  [london, paris] = await Promise.all([aCluster('london'), aCluster('paris')]);
});

const room = { connections: 1_000, handshakes: 1_000 };

async function start(handshakeTimeout = 10_000, caps: Partial<typeof room> = {}) {
  const reasons: string[] = [];
  const secured: [TLSSocket, Socket | undefined][] = [];
  const handlers: AcceptorHandlers = {
    secured: (socket, below) => {
      secured.push([socket, below]);
      socket.pipe(socket);
    },
    failed: (reason) => reasons.push(reason),
  };
  const acceptor = createAcceptor(
    { clock: systemClock, handshakeTimeout, caps: { ...room, ...caps } },
    handlers,
  );
  acceptor.use(tlsOptions(paris.ingress, [london.authority.ca]));
  await acceptor.listen(0, '127.0.0.1');
  const stop = () => {
    acceptor.stop();
    acceptor.destroyAll();
  };
  return { acceptor, reasons, secured, stop, port: acceptor.port(), [Symbol.dispose]: stop };
}

const shown = ({ cert, key }: { cert: string; key: string }) => ({
  cert,
  key,
  servername: 'x.paris.mirror.internal',
});

test('a client under a trusted CA is handed over with the socket below', async () => {
  using server = await start();
  assert.deepEqual(await tryTls(server.port, shown(london.egress)), { answered: 'hello\n' });
  assert.equal(server.secured.length, 1);
  assert.ok(server.secured[0]![1], 'without it nothing can be reset');
});

test('each TLS socket has its own socket below, however many there are', async () => {
  using server = await start();
  await Promise.all(Array.from({ length: 20 }, () => tryTls(server.port, shown(london.egress))));
  assert.equal(new Set(server.secured.map(([, below]) => below)).size, 20);
  for (const [socket, below] of server.secured) assert.equal(below?.remotePort, socket.remotePort);
});

const week = 7 * 24 * 3600_000;
const refusals: Record<string, { reason: string; show: () => Promise<object> }> = {
  'without certificate': { reason: 'NoCertificate', show: async () => ({}) },
  'of a strange CA': { reason: 'Untrusted', show: async () => shown(paris.egress) },
  'with an expired certificate': {
    reason: 'Expired',
    show: async () => {
      const now = new Date(Date.now() - 2 * week);
      return shown(await aLeaf(london.authority, 'london', { now, life: week }));
    },
  },
  'that speaks TLS 1.2': {
    reason: 'Protocol',
    show: async () => ({ ...shown(london.egress), maxVersion: 'TLSv1.2' }),
  },
};

for (const [what, { reason, show }] of Object.entries(refusals)) {
  test(`a client ${what} is refused as ${reason}`, async () => {
    using server = await start();
    assert.ok('refused' in (await tryTls(server.port, await show())));
    await eventually(() => server.reasons.length > 0);
    assert.deepEqual(server.reasons, [reason]);
    assert.deepEqual(server.secured, []);
  });
}

test('a client that says nothing is cut when its time is over', async () => {
  using server = await start(20);
  assert.notEqual(await visit(server.port), '');
  await eventually(() => server.reasons[0] === 'Timeout');
});

test('a client that does not speak TLS is cut', async () => {
  using server = await start();
  const client = await connect(server.port);
  client.write('GET / HTTP/1.1\r\n\r\n');
  await ending(client);
  assert.equal(server.reasons.length, 1);
});

test('a client that comes and goes, as health checks do, is no failure of TLS', async () => {
  using server = await start();
  (await connect(server.port)).end();
  await eventually(() => server.reasons.length === 1);
  assert.deepEqual(server.reasons, ['Aborted']);
});

test('a reset from within an event of the TLS socket reaches the client, many times over', async () => {
  const handlers: AcceptorHandlers = {
    secured: (socket, below) => tlsEnd(socket, below).reset(),
    failed: () => {},
  };
  const acceptor = createAcceptor({ clock: systemClock, handshakeTimeout: 10_000, caps: room }, handlers);
  acceptor.use(tlsOptions(paris.ingress, [london.authority.ca]));
  await acceptor.listen(0, '127.0.0.1');
  for (let round = 0; round < 30; round++)
    assert.deepEqual(await tryTls(acceptor.port(), shown(london.egress)), { refused: 'ECONNRESET' });
  acceptor.stop();
});

for (const [when, wait] of Object.entries(moments)) {
  test(`a reset ${when} the end was passed on over TLS closes the connection below`, async () => {
    let closed: Promise<unknown> | undefined;
    const secured: AcceptorHandlers['secured'] = (socket, below) => {
      closed = once(below!, 'close');
      socket.end();
      void wait().then(() => tlsEnd(socket, below).reset());
    };
    const acceptor = createAcceptor(
      { clock: systemClock, handshakeTimeout: 10_000, caps: room },
      { secured, failed: () => {} },
    );
    acceptor.use(tlsOptions(paris.ingress, [london.authority.ca]));
    await acceptor.listen(0, '127.0.0.1');
    for (let round = 0; round < 10; round++) {
      assert.ok('refused' in (await tryTls(acceptor.port(), shown(london.egress))));
      await closed;
    }
    acceptor.stop();
  });
}

test('use() changes what the next handshake is done with, and breaks no connection', async () => {
  using server = await start();
  const answered = tryTls(server.port, shown(london.egress));
  await answered;
  server.acceptor.use(tlsOptions(paris.ingress, [paris.authority.ca]));
  assert.ok('refused' in (await tryTls(server.port, shown(london.egress))));
  assert.deepEqual(await tryTls(server.port, shown(paris.egress)), { answered: 'hello\n' });
});

test('destroyAll() also ends those who are still in their handshake', async () => {
  using server = await start();
  const client = await connect(server.port);
  const ended = once(client.resume(), 'end');
  server.stop();
  await ended;
});

test('listen() names the port that it cannot have', async () => {
  await using other = await startTarget(() => {});
  const acceptor = createAcceptor(
    { clock: systemClock, handshakeTimeout: 1, caps: room },
    { secured: () => {}, failed: () => {} },
  );
  await assert.rejects(acceptor.listen(other.port, '127.0.0.1'), new RegExp(`port ${other.port} cannot be`));
});

test('an address with too many handshakes under way gets no more, until one of them has ended', async () => {
  using server = await start(10_000, { handshakes: 10 });
  const silent = [await connect(server.port), await connect(server.port)];
  assert.equal(await visit(server.port), 'ECONNRESET');
  assert.deepEqual(server.reasons, ['TooManyHandshakes']);
  silent[0]!.destroy();
  await eventually(async () =>
    assert.deepEqual(await tryTls(server.port, shown(london.egress)), { answered: 'hello\n' }),
  );
  // a connection whose handshake is done is none that is under way
  const { cert, key } = london.egress;
  const done = connectTls({ port: server.port, host: '127.0.0.1', cert, key, rejectUnauthorized: false });
  await once(done, 'secureConnect');
  await eventually(async () =>
    assert.deepEqual(await tryTls(server.port, shown(london.egress)), { answered: 'hello\n' }),
  );
  done.destroy();
});

test('a handshake that has had a fifth of its time makes room for another one where there is none', async () => {
  using server = await start(1_000, { handshakes: 5 });
  const silent = await connect(server.port);
  const ended = ending(silent);
  await eventually(async () =>
    assert.deepEqual(await tryTls(server.port, shown(london.egress)), { answered: 'hello\n' }),
  );
  await ended;
  assert.equal(server.reasons.filter((reason) => reason !== 'TooManyHandshakes').length, 1);
});

test('a connection beyond all that there may be is counted', async () => {
  using server = await start(10_000, { connections: 1 });
  const first = await connect(server.port);
  await visit(server.port);
  await eventually(() => assert.deepEqual(server.reasons, ['TooMany']));
  first.destroy();
});

test('refusalOf() knows the ways in which a handshake fails', () => {
  const of = (code?: string) => refusalOf(Object.assign(new Error('x'), code === undefined ? {} : { code }));
  assert.equal(of('ERR_SSL_UNSUPPORTED_PROTOCOL'), 'Protocol');
  assert.equal(of('ERR_TLS_HANDSHAKE_TIMEOUT'), 'Timeout');
  assert.equal(of('ECONNRESET'), 'Aborted');
  assert.equal(of('ERR_SSL_SOMETHING_ELSE'), 'Handshake');
  assert.equal(of(), 'Handshake');
});

test('verifyRefusal() tells no certificate, an expired one and a strange one apart', () => {
  const of = (authorizationError: string, certificate: object | undefined = {}) =>
    verifyRefusal({ authorizationError, getPeerX509Certificate: () => certificate } as unknown as TLSSocket);
  assert.equal(of('CERT_HAS_EXPIRED'), 'Expired');
  assert.equal(of('CERT_NOT_YET_VALID'), 'Expired');
  assert.equal(of('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), 'Untrusted');
  const none = { authorizationError: 'UNSPECIFIED', getPeerX509Certificate: () => undefined };
  assert.equal(verifyRefusal(none as unknown as TLSSocket), 'NoCertificate');
});
