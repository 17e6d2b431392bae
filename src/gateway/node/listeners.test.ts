import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect, read, visit } from '../../../test/conformance/client.js';
import { freePort } from '../../../test/conformance/ports.js';
import { echo, startTarget } from '../../../test/conformance/target.js';
import { portRefused } from '../outcome.js';
import { createListeners } from './listeners.js';

const host = '127.0.0.1';

const on = (...ports: readonly number[]) => new Map(ports.map((port) => [port, undefined]));

test('set() listens on exactly the ports it is given', async () => {
  const listeners = createListeners(host, (port, socket) => socket.end(String(port)));
  const [a, b, c] = await Promise.all([freePort(), freePort(), freePort()]);
  await listeners.set(on(a, b));
  await listeners.set(on(b, c));
  await assert.rejects(connect(a), { code: 'ECONNREFUSED' });
  for (const port of [b, c]) {
    const client = await connect(port);
    assert.equal((await read(client, 5)).toString(), String(port));
    client.destroy();
  }
  await listeners.set(on());
});

test('set() names the port that another process has, and takes the others', async () => {
  await using other = await startTarget(echo);
  const listeners = createListeners(host, () => {});
  const port = await freePort();
  const failed = await listeners.set(on(port, other.port));
  assert.deepEqual(failed, [portRefused(other.port)]);
  (await connect(port)).destroy();
  await listeners.set(on());
});

test('set() tries again what it could not have', async () => {
  const other = await startTarget(echo);
  const listeners = createListeners(host, (_port, socket) => socket.end());
  assert.deepEqual(await listeners.set(on(other.port)), [portRefused(other.port)]);
  await other[Symbol.asyncDispose]();
  assert.deepEqual(await listeners.set(on(other.port)), []);
  assert.equal(await visit(other.port), 'end');
  await listeners.set(on());
});
