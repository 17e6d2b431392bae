import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { test } from 'node:test';
import { fakeClock } from '../../../test/gen/clock.js';
import { echo, startTarget } from '../../../test/conformance/target.js';
import { connect, settled, ConnectTimeoutError } from './connect.js';

const never = new AbortController().signal;

test('connect() gives a socket that may half-close', async () => {
  await using target = await startTarget(echo);
  const clock = fakeClock();
  const socket = await connect({ ip: '127.0.0.1', port: target.port }, { clock, timeout: 1 }, never);
  assert.equal(socket.allowHalfOpen, true);
  assert.equal(clock.timers, 0, 'the timeout ends with the wait');
  socket.destroy();
});

test('connect() rejects with what the system says', async () => {
  const target = await startTarget(echo);
  await target[Symbol.asyncDispose]();
  const timing = { clock: fakeClock(), timeout: 1_000 };
  await assert.rejects(connect({ ip: '127.0.0.1', port: target.port }, timing, never), {
    code: 'ECONNREFUSED',
  });
  assert.equal(timing.clock.timers, 0);
});

test('connect() does not begin what is no longer wanted', async () => {
  const reason = new Error('the client left');
  const timing = { clock: fakeClock(), timeout: 1_000 };
  await assert.rejects(connect({ ip: '127.0.0.1', port: 9 }, timing, AbortSignal.abort(reason)), reason);
});

const waiting = (clock = fakeClock(), abort = new AbortController()) => {
  const socket = new Socket();
  const what = { clock, timeout: 2_000, ready: 'connect', what: 'connecting' };
  return { socket, clock, abort, result: settled(socket, what, abort.signal) };
};

test('settled() gives up after its time and destroys the socket', async () => {
  const { socket, clock, result } = waiting();
  const rejected = assert.rejects(result, ConnectTimeoutError);
  await clock.advance(1_999);
  assert.equal(socket.destroyed, false);
  await clock.advance(1);
  await rejected;
  assert.equal(socket.destroyed, true);
});

test('settled() gives up when it is told to', async () => {
  const { socket, abort, result } = waiting();
  abort.abort(new Error('enough'));
  await assert.rejects(result, { message: 'enough' });
  assert.equal(socket.destroyed, true);
});

test('settled() rejects when the socket closes without an error', async () => {
  const { socket, result } = waiting();
  socket.destroy();
  await assert.rejects(result, /closed by the other side/);
});
