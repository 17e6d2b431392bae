import assert from 'node:assert/strict';
import { createConnection } from 'node:net';
import { after, before, test } from 'node:test';
import { oddRequests, send } from '../../test/gen/requests.js';
import { eventually } from '../../test/driver/eventually.js';
import { createMetrics } from './metrics.js';
import { startServer, type HealthServer } from './server.js';

let server: HealthServer;
let [live, ready]: [string[], string[]] = [[], []];
const metrics = createMetrics({ process: true });

before(async () => {
  server = await startServer({ address: '127.0.0.1:0', live: () => live, ready: () => ready, metrics });
});
after(() => server.close());

async function get(path: string, method = 'GET') {
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method });
  return { status: response.status, text: await response.text(), type: response.headers.get('content-type') };
}

test('/livez and /readyz say ok, or every problem on a line', async () => {
  assert.deepEqual([(await get('/livez')).status, (await get('/readyz')).text], [200, 'ok\n']);
  ready = ['the cache of links is not synced', 'no lease'];
  assert.equal((await get('/livez')).status, 200);
  const { status, text } = await get('/readyz?verbose');
  assert.deepEqual([status, text], [503, 'the cache of links is not synced\nno lease\n']);
  live = ['the event loop stands still'];
  assert.equal((await get('/livez')).status, 503);
});

test('/metrics speaks Prometheus’ text format, of the runtime and of the process', async () => {
  metrics.queueDepth.set({ name: 'services' }, 7);
  const { status, text, type } = await get('/metrics');
  assert.equal(status, 200);
  assert.match(type ?? '', /^text\/plain; version=/);
  assert.match(text, /workqueue_depth\{name="services"\} 7/);
  assert.match(text, /process_resident_memory_bytes/);
});

test('anything else is 404, anything but reading 405', async () => {
  assert.equal((await get('/')).status, 404);
  assert.equal((await get('/livez', 'POST')).status, 405);
});

test('a check that throws is a 500, and the server goes on', async () => {
  const bad = await startServer({
    address: '127.0.0.1:0',
    live: () => {
      throw new Error('bad check');
    },
    ready: () => [],
    metrics,
  });
  const response = await fetch(`http://127.0.0.1:${bad.port}/livez`);
  assert.deepEqual([response.status, await response.text()], [500, 'bad check\n']);
  assert.equal((await fetch(`http://127.0.0.1:${bad.port}/readyz`)).status, 200);
  await bad.close();
});

test('a taken port and a bad address are errors at once', async () => {
  const o = { live: () => [], ready: () => [], metrics };
  await assert.rejects(startServer({ ...o, address: `127.0.0.1:${server.port}` }), { code: 'EADDRINUSE' });
  await assert.rejects(startServer({ ...o, address: 'nowhere' }), /expected host:port/);
});

test('an address may leave out the host, or name an IPv6 one', async () => {
  for (const address of [':0', '[::1]:0']) {
    const other = await startServer({ address, live: () => [], ready: () => [], metrics });
    assert.ok(other.port > 0);
    await other.close();
  }
});

test('close() does not wait for connections that stay open', async () => {
  const other = await startServer({ address: '127.0.0.1:0', live: () => [], ready: () => [], metrics });
  const socket = createConnection(other.port, '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.on('error', () => undefined);
  await other.close();
  socket.destroy();
});

for (const [what, request] of Object.entries(oddRequests)) {
  test(`the health server goes on after ${what}`, async () => {
    assert.doesNotMatch(await send(createConnection(server.port, '127.0.0.1'), request), /^HTTP\/1\.1 [25]/);
    assert.equal((await get('/')).status, 404);
  });
}

test('connections that say nothing keep nobody out, and there is a bound to them', async (t) => {
  const clients = Array.from({ length: 100 }, () =>
    createConnection({ port: server.port, host: '127.0.0.1', localAddress: '127.0.0.2' })
      .on('error', () => {})
      .resume(),
  );
  t.after(() => {
    for (const client of clients) client.destroy();
  });
  await eventually(() => assert.ok(clients.filter(({ closed }) => closed).length >= 36));
  assert.equal((await get('/readyz?verbose')).status, (await get('/readyz')).status);
});
