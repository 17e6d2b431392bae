import assert from 'node:assert/strict';
import { createSecureContext } from 'node:tls';
import { before, test } from 'node:test';
import { eventually } from '../../../test/driver/eventually.js';
import { fakeClock } from '../../../test/gen/clock.js';
import { startTarget } from '../../../test/conformance/target.js';
import { aCluster, type ClusterPki } from '../../../test/gen/pki.js';
import { systemClock } from '../../runtime/clock.js';
import { trustPeers } from '../../pki/verify.js';
import { ForbiddenAddressError } from '../../net/target.js';
import { tlsOptions } from '../../pki/context.js';
import type { Address } from '../../net/address.js';
import { createAcceptor } from './acceptor.js';
import { type DialOptions, dial, inOrder } from './dial.js';

const servername = 's-1.paris.mirror.internal';
const never = new AbortController().signal;
let london: ClusterPki;
let paris: ClusterPki;

before(async () => {
  [london, paris] = await Promise.all([aCluster('london'), aCluster('paris')]);
});

/** A gateway of paris that counts who comes. */
async function startGateway(host = '127.0.0.1') {
  let count = 0;
  const handlers = { secured: () => void count++, failed: () => {} };
  const caps = { connections: 1_000, handshakes: 1_000 };
  const acceptor = createAcceptor({ clock: systemClock, handshakeTimeout: 10_000, caps }, handlers);
  acceptor.use(tlsOptions(paris.ingress, [london.authority.ca]));
  await acceptor.listen(0, host);
  const stop = () => {
    acceptor.stop();
    acceptor.destroyAll();
  };
  return { address: { host, port: acceptor.port() }, count: () => count, [Symbol.dispose]: stop };
}

function callee(...addresses: Address[]) {
  const { trust } = trustPeers(
    [{ link: 'to-paris', cluster: 'paris', caBundle: paris.authority.ca }],
    new Date(),
  );
  const context = createSecureContext(tlsOptions(london.egress, [paris.authority.ca]));
  return { callee: { link: 'to-paris', addresses, context, trust }, servername };
}

function options(change: Partial<DialOptions> = {}): DialOptions {
  return {
    clock: systemClock,
    resolver: { resolve: (host) => Promise.reject(new Error(`no address of ${host}`)) },
    // Leaves lists in their order.
    random: () => 0.999,
    answering: () => [],
    connectTimeout: 2_000,
    handshakeTimeout: 10_000,
    ...change,
  };
}

test('dial() takes the next address when one refuses', async () => {
  const gone = await startTarget(() => {});
  await gone[Symbol.asyncDispose]();
  using gateway = await startGateway();
  const dead = { host: '127.0.0.1', port: gone.port };
  const { socket, below } = await dial(callee(dead, gateway.address), options(), never);
  assert.equal(socket.authorized, true);
  assert.equal(below.remotePort, gateway.address.port);
});

test('dial() goes nowhere at the word of a peer that leads to this host', async () => {
  using gateway = await startGateway();
  const called = callee(gateway.address, { host: 'localhost', port: gateway.address.port });
  const resolver = { resolve: async () => ['127.0.0.1', '::1'] };
  const published = { ...called, callee: { ...called.callee, published: true as const } };
  await assert.rejects(dial(published, options({ resolver }), never), (error: AggregateError) => {
    assert.ok(error.errors.every((one) => one instanceof ForbiddenAddressError));
    return error.errors.length === 2;
  });
});

test('dial() begins with the addresses that answered last', async () => {
  using first = await startGateway();
  using second = await startGateway();
  const answering = (link: string) => (link === 'to-paris' ? [second.address] : []);
  await dial(callee(first.address, second.address), options({ answering }), never);
  await eventually(() => second.count() === 1);
  assert.equal(first.count(), 0);
});

test('dial() asks for the addresses of a name each time, and tries them all, those that answered first', async () => {
  using gateway = await startGateway('127.0.0.2');
  const { port } = gateway.address;
  const asked: string[] = [];
  const resolver = {
    resolve: async (host: string) => {
      asked.push(host);
      return ['127.0.0.3', '127.0.0.2'];
    },
  };
  const named = callee({ host: 'gateway.paris.example', port });
  const first = await dial(named, options({ resolver }), never);
  assert.equal(first.below.remoteAddress, '127.0.0.2');
  await dial(named, options({ resolver, answering: () => [gateway.address] }), never);
  assert.deepEqual(asked, ['gateway.paris.example', 'gateway.paris.example']);
});

test('dial() goes on when a name cannot be resolved', async () => {
  using gateway = await startGateway();
  await dial(callee({ host: 'nowhere.example', port: 1 }, gateway.address), options(), never);
});

test('dial() gives up on an address that does not speak, and takes the next', async () => {
  await using mute = await startTarget(() => {});
  using gateway = await startGateway();
  const clock = fakeClock();
  const timing = { ...fakeClock(), ...clock, now: () => Date.now() };
  const addresses = callee({ host: '127.0.0.1', port: mute.port }, gateway.address);
  const dialled = dial(addresses, options({ clock: timing }), never);
  await eventually(() => mute.accepted.length === 1 && mute.accepted[0]!.bytesRead > 0);
  await clock.advance(10_000);
  assert.equal((await dialled).below.remotePort, gateway.address.port);
});

test('dial() says of every address why it failed', async () => {
  await using other = await startTarget((socket) => socket.end('not TLS'));
  const addresses = callee({ host: 'nowhere.example', port: 1 }, { host: '127.0.0.1', port: other.port });
  await assert.rejects(
    dial(addresses, options(), never),
    (error: AggregateError) => error.errors.length === 2 && /link to-paris/.test(error.message),
  );
});

test('dial() stops when it is no longer wanted, and leaves nothing behind', async () => {
  await using mute = await startTarget((socket) => socket.resume());
  await using second = await startTarget(() => {});
  const abort = new AbortController();
  const addresses = [mute, second].map(({ port }) => ({ host: '127.0.0.1', port }));
  const rejected = assert.rejects(dial(callee(...addresses), options(), abort.signal), { message: 'left' });
  await eventually(() => mute.accepted.length === 1 && mute.accepted[0]!.bytesRead > 0);
  abort.abort(new Error('left'));
  await rejected;
  await eventually(() => mute.accepted[0]!.readableEnded || mute.accepted[0]!.destroyed);
  assert.equal(second.accepted.length, 0);
});

const at = (host: string, port = 4143): Address => ({ host, port });
const hosts = (addresses: readonly Address[]) => addresses.map(({ host }) => host);
/** Leaves every list as it is. */
const last = () => 0.999;

test('inOrder() puts what answers before what does not, and drops nothing', () => {
  assert.deepEqual(hosts(inOrder([at('a'), at('b'), at('c')], [at('c'), at('b')], last)), ['b', 'c', 'a']);
});

test('inOrder() looks at the port as well', () => {
  assert.deepEqual(hosts(inOrder([at('a'), at('b')], [at('a', 1), at('b')], last)), ['b', 'a']);
});

test('inOrder() ignores answers of what is not an address any more', () => {
  assert.deepEqual(hosts(inOrder([at('a')], [at('gone')], last)), ['a']);
});

test('inOrder() puts each address first about as often as any other', () => {
  const addresses = [at('a'), at('b'), at('c')];
  const firsts = new Map<string, number>();
  let state = 1;
  const random = () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
  for (let round = 0; round < 3_000; round++) {
    const [first] = inOrder(addresses, addresses, random);
    firsts.set(first!.host, (firsts.get(first!.host) ?? 0) + 1);
  }
  for (const count of firsts.values()) assert.ok(count > 900 && count < 1_100, `${count} of 3000`);
});

test('inOrder() does not touch the list it was given', () => {
  const addresses = Object.freeze([at('a'), at('b')]);
  assert.equal(inOrder(addresses, [], () => 0).length, 2);
});
