import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { eventually } from '../../../test/driver/eventually.js';
import { fakeClock } from '../../../test/gen/clock.js';
import { startTarget } from '../../../test/conformance/target.js';
import { systemClock } from '../../runtime/clock.js';
import { createOrders, createOrderShare, type OrderShare } from './orders.js';

const token = (n: number) => n.toString(16).padStart(64, '0');

function orders(port: number, share: OrderShare = createOrderShare(systemClock)) {
  const used: Socket[] = [];
  const lost: string[] = [];
  const ending = new AbortController();
  const made = createOrders(
    {
      ...{ clock: systemClock, to: { ip: '127.0.0.1', port }, share },
      onUsed: (spare) => used.push(spare),
      onLost: (tokens) => lost.push(...tokens),
    },
    ending.signal,
  );
  return { ...made, used, lost, stop: () => ending.abort(new Error('over')) };
}

test('a spare is dialled for each token, again and again where another pod is reached first', async () => {
  let count = 0;
  await using hub = await startTarget((socket) => (++count % 3 === 0 ? socket.write('+') : socket.end()));
  const edge = orders(hub.port);
  edge.take([token(1), token(2)]);
  await eventually(() => count === 6);
  for (const socket of hub.accepted) if (!socket.destroyed) socket.write('x');
  await eventually(() => assert.equal(edge.used.length, 2));
  assert.deepEqual(edge.lost, []);
  edge.stop();
  edge.used.forEach((socket) => void socket.destroy());
});

test('tokens that no pod knows, and that cannot be dialled, are told as lost', async () => {
  let count = 0;
  const hub = await startTarget((socket) => {
    count++;
    socket.end();
  });
  const edge = orders(hub.port);
  edge.take([token(1)]);
  await eventually(() => assert.deepEqual(edge.lost, [token(1)]));
  assert.equal(count, 12);
  await hub[Symbol.asyncDispose]();
  edge.take([token(2)]);
  await eventually(() => assert.deepEqual(edge.lost, [token(1), token(2)]));
});

test('a pod that orders without end gets no more than a few hundred, and all of them end with it', async () => {
  await using hub = await startTarget((socket) => socket.write('+'));
  const edge = orders(hub.port);
  for (let at = 0; at < 640; at += 64) edge.take(Array.from({ length: 64 }, (_, n) => token(at + n)));
  await eventually(() => assert.equal(edge.lost.length, 128));
  assert.equal(edge.size(), 512);
  edge.stop();
  await eventually(() => assert.equal(edge.size(), 0));
});

test('no more than a few are dialled at a time', async () => {
  await using hub = await startTarget(() => {});
  const edge = orders(hub.port);
  edge.take(Array.from({ length: 64 }, (_, n) => token(n)));
  await eventually(() => assert.equal(hub.accepted.length, 32));
  for (const socket of hub.accepted.slice(0, 10)) socket.write('+');
  await eventually(() => assert.equal(hub.accepted.length, 42));
  edge.stop();
  await eventually(() => assert.equal(edge.size(), 0));
});

test('all pods of a peer together get no more than two of them may have', async () => {
  await using hub = await startTarget((socket) => socket.write('+'));
  const share = createOrderShare(systemClock, 96);
  const pods = Array.from({ length: 16 }, () => orders(hub.port, share));
  for (const [at, pod] of pods.entries()) pod.take(Array.from({ length: 10 }, (_, n) => token(10 * at + n)));
  await eventually(() => hub.accepted.length === 96);
  const sum = () => pods.reduce((total, pod) => total + pod.size(), 0);
  assert.equal(sum(), 96);
  assert.equal(pods.flatMap(({ lost }) => lost).length, 64);
  for (const { stop } of pods) stop();
  await eventually(() => sum() === 0);
  pods[0]!.take([token(1)]);
  assert.equal(share.take() !== undefined, true, 'what has ended makes room');
});

test('a peer that orders what leads to nothing has a pace, and what it may dial comes back with time', async () => {
  const clock = fakeClock();
  const share = createOrderShare(clock);
  let count = 0;
  for (; share.mayDial(); count++) share.failed();
  assert.equal(count, 1_024);
  await clock.advance(4);
  assert.deepEqual([share.mayDial(), share.mayDial()], [true, true]);
  let connections = 0;
  await using hub = await startTarget((socket) => {
    connections++;
    socket.end();
  });
  while (share.mayDial()) share.failed();
  const edge = orders(hub.port, share);
  edge.take([token(1), token(2)]);
  await eventually(() => assert.deepEqual(edge.lost, [token(1), token(2)]));
  assert.equal(connections, 0);
});
