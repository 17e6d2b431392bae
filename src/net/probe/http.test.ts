import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { ProbeTimeoutError } from './failure.js';
import { probeHttp } from './http.js';

async function aGateway(t: TestContext, handler: RequestListener): Promise<number> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const upgrade = 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n';
const never = new AbortController().signal;
const probe = (port: number, signal = never) => probeHttp({ ip: '127.0.0.1', port, path: '/ready' }, signal);

test('probeHttp() succeeds on 200, over a new connection each time', async (t) => {
  const ports = new Set<number | undefined>();
  const port = await aGateway(t, (request, response) => {
    ports.add(request.socket.remotePort);
    response.writeHead(request.url === '/ready' ? 200 : 404).end('x'.repeat(100_000));
  });
  assert.deepEqual(await probe(port), { ok: true });
  assert.deepEqual(await probe(port), { ok: true });
  assert.equal(ports.size, 2);
});

for (const status of [204, 302, 403, 503]) {
  test(`probeHttp() takes ${status} for a no, and says so`, async (t) => {
    const port = await aGateway(t, (_request, response) =>
      response.writeHead(status, { location: '/' }).end(),
    );
    const result = await probe(port);
    assert.match(result.ok ? '' : result.message, new RegExp(`/ready answered status ${status}`));
  });
}

test('probeHttp() says that nobody listens', async (t) => {
  const port = await aGateway(t, () => {});
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const free = (other.address() as AddressInfo).port;
  await new Promise((resolve) => other.close(resolve));
  const result = await probe(free);
  assert.notEqual(free, port);
  assert.match(result.ok ? '' : result.message, /refused/);
});

test('probeHttp() takes an upgrade for no answer', async (t) => {
  const port = await aGateway(t, ({ socket }) => socket.end(upgrade));
  const result = await probe(port);
  assert.match(result.ok ? '' : result.message, /closed the connection without an answer/);
});

test('probeHttp() ends with its signal, and gives its reason', async (t) => {
  const stop = new AbortController();
  const port = await aGateway(t, () => stop.abort(new ProbeTimeoutError('does not answer within 2 s')));
  const result = await probe(port, stop.signal);
  assert.match(result.ok ? '' : result.message, /does not answer within 2 s/);
});
