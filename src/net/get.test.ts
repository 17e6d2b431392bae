import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { before, test, type TestContext } from 'node:test';
import { aCluster, type ClusterPki } from '../../test/gen/pki.js';
import { get } from './get.js';

let paris: ClusterPki;
before(async () => {
  paris = await aCluster('paris');
});

const upgrade = 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n';

/** A server that answers with that many bytes, in pieces, or never ends; and how to ask it. */
async function answering(t: TestContext, pieces: number, ends = true) {
  const { cert, key } = paris.ingress;
  const server = createServer({ cert, key }, ({ url, socket }, response) => {
    if (url === '/upgrade') return void socket.end(upgrade);
    if (url === '/raw') return void socket.end('HTTP/1.1 200 OK\r\n\r\nall');
    response.writeHead(201, { etag: '"1"' });
    for (let i = 0; i < pieces; i++) response.write('0123456789');
    if (ends) response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    host: '127.0.0.1',
    port,
    path: '/',
    agent: false,
    ca: paris.authority.ca,
    servername: 'a.paris.mirror.internal',
  } as const;
}

const never = new AbortController().signal;

test('get() gives status, headers and the whole body', async (t) => {
  const { status, headers, text } = await get(await answering(t, 3), 30, never);
  assert.deepEqual([status, headers.etag, text], [201, '"1"', '0123456789'.repeat(3)]);
});

test('get() takes a body that ends with its connection', async (t) => {
  const target = await answering(t, 1);
  assert.equal((await get({ ...target, path: '/raw' }, 100, never)).text, 'all');
});

test('get() refuses a body that is larger than wanted', async (t) => {
  await assert.rejects(get(await answering(t, 3), 29, never), /larger than 29 bytes/);
});

test('get() rejects when there is an upgrade in place of an answer', async (t) => {
  const target = await answering(t, 1);
  const upgraded = get({ ...target, path: '/upgrade' }, 100, never);
  await assert.rejects(upgraded, /closed without an answer/);
});

test('get() ends with its signal', async (t) => {
  const stop = new AbortController();
  const got = get(await answering(t, 1, false), 100, stop.signal);
  stop.abort();
  await assert.rejects(got, { name: 'AbortError' });
});

test('get() rejects with the error of the connection', async (t) => {
  const target = await answering(t, 1);
  await assert.rejects(get({ ...target, ca: [] }, 100, never), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
});
