import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { eventually } from '../../../test/driver/eventually.js';
import { fakeClock } from '../../../test/gen/clock.js';
import { read, readAll } from '../../../test/conformance/client.js';
import { socketPair } from '../../../test/conformance/socketpair.js';
import { reach } from './reach.js';

const never = new AbortController().signal;

/** A client, and spares whose other ends are the peer's. */
async function setUp(t: TestContext, count: number) {
  const clock = fakeClock();
  const [client, near] = await socketPair();
  const pairs = await Promise.all(Array.from({ length: count }, () => socketPair()));
  t.after(() => [client, near, ...pairs.flat()].forEach((socket) => void socket.destroy()));
  const spares = pairs.map(([spare]) => spare);
  const doubted: Socket[] = [];
  const take = async () => spares.shift() ?? assert.fail('no spare is left');
  const pool = { take, ask: async () => true, doubt: (spare: Socket) => void doubted.push(spare) };
  return { clock, client, near, pool, doubted, peers: pairs.map(([, far]) => far) };
}

test('what the client has said goes over the spare, and what comes after the answer stays unread', async (t) => {
  const { clock, client, near, pool, peers } = await setUp(t, 1);
  const reached = reach(near, pool, { clock }, never);
  client.write('client ');
  assert.equal((await read(peers[0]!, 7)).toString(), 'client ');
  client.write('hello');
  assert.equal((await read(peers[0]!, 5)).toString(), 'hello');
  peers[0]!.write('!server hello');
  const spare = await reached;
  assert.equal((await read(spare, 12)).toString(), 'server hello');
  client.write('more');
  assert.equal((await read(near, 4)).toString(), 'more');
  assert.equal(clock.timers, 0);
});

test('where a spare is silent, ends, or answers something else, the next one is told the same', async (t) => {
  const spoil: Readonly<Record<string, (peer: Socket) => unknown>> = {
    ends: (peer) => peer.end(),
    fails: (peer) => peer.resetAndDestroy(),
    'answers something else': (peer) => peer.write('?'),
    'is silent': () => {},
  };
  for (const [what, make] of Object.entries(spoil)) {
    const { clock, client, near, pool, peers, doubted } = await setUp(t, 2);
    const reached = reach(near, pool, { clock }, never);
    client.write('hello');
    await read(peers[0]!, 5);
    make(peers[0]!);
    if (what === 'is silent') await clock.advance(2_000);
    assert.equal((await read(peers[1]!, 5)).toString(), 'hello', what);
    peers[1]!.write('!');
    await reached;
    assert.equal(doubted.length, what === 'is silent' ? 1 : 0);
  }
});

test('a spare of a peer that is slow in everything is waited for', async (t) => {
  const { clock, client, near, pool, peers, doubted } = await setUp(t, 1);
  const answered = Promise.withResolvers<boolean>();
  const reached = reach(near, { ...pool, ask: () => answered.promise }, { clock }, never);
  client.write('hello');
  await read(peers[0]!, 5);
  await clock.advance(8_000);
  answered.resolve(true);
  peers[0]!.write('!');
  await reached;
  assert.deepEqual(doubted, []);
});

test('it is given up after three spares', async (t) => {
  const { clock, client, near, pool } = await setUp(t, 3);
  const reached = assert.rejects(reach(near, pool, { clock }, never), /over 3 connections/);
  client.write('hello');
  await eventually(() => near.bytesRead === 5);
  for (let count = 0; count < 3; count++) await clock.advance(2_000);
  await reached;
});

test('a client that has ended its direction before the answer has ended it after that, too', async (t) => {
  const { clock, client, near, pool, peers } = await setUp(t, 1);
  const reached = reach(near, pool, { clock }, never);
  client.end('hello');
  const heard = readAll(peers[0]!);
  await eventually(() => near.readableEnded);
  peers[0]!.write('!');
  await reached;
  assert.equal((await heard).toString(), 'hello');
});

test('a client that leaves, or says too much, takes its spare along', async (t) => {
  for (const [why, size] of [
    [/too much/, 100_000],
    [/gone/, 1],
  ] as const) {
    const { clock, client, near, pool, peers } = await setUp(t, 1);
    const leaving = new AbortController();
    const reached = assert.rejects(reach(near, pool, { clock }, leaving.signal), why);
    client.write(Buffer.alloc(size));
    await read(peers[0]!, 1);
    if (size === 1) leaving.abort(new Error('gone'));
    await reached;
    await eventually(() => peers[0]!.resume().readableEnded || peers[0]!.destroyed);
  }
});
