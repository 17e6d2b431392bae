import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import http2 from 'node:http2';
import type { Socket } from 'node:net';
import { describe, test } from 'node:test';
import type { Protocol } from '../../src/gateway/model.js';
import { eventually } from '../driver/eventually.js';
import { connect, endsAs, read, visitEndsAs } from './client.js';
import { cuts, pairings, pairingsFor, refusals } from './pairings.js';
import { ask, askAgain, upgrade } from './requests.js';
import { startTarget, type Target } from './target.js';
import { londonLink, startPair, type Pair } from './gatewaypair.js';

const bar: Protocol = { kind: 'http', host: { name: 'bar', namespace: 'default' } };
const caller = 'URI=spiffe://london.mirror.internal/gateway';

/** A web server that tells what it was asked; `/slow` is answered with one byte and no end, `/never` not at all. */
function startBar() {
  const server = createServer((request, response) => {
    if (request.url === '/never') return;
    if (request.url === '/slow') return void response.write('.');
    void request.toArray().then((chunks) => response.end(JSON.stringify(seen(request, chunks as Buffer[]))));
  });
  server.on('upgrade', (_request, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n');
    // the answer to the key of RFC 6455 section 1.3, which a client below asks with
    socket.write('Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n');
    socket.on('data', (frame: Buffer) => socket.write(frame.toReversed()));
  });
  return startTarget((socket) => {
    socket.on('data', (chunk: Buffer) => heard.set(socket, `${heard.get(socket) ?? ''}${chunk.toString()}`));
    server.emit('connection', socket);
  });
}

/** All that a target was sent, as text. */
function bytesOf({ accepted }: Pick<Target, 'accepted'>): string {
  return accepted.map((socket) => heard.get(socket) ?? '').join('');
}

const heard = new WeakMap<Socket, string>();

function seen({ rawHeaders, headers }: IncomingMessage, body: readonly Buffer[]) {
  const callers = rawHeaders.filter((_, at) => at % 2 === 1 && isCaller(rawHeaders[at - 1]!));
  return { host: headers.host, callers, body: Buffer.concat(body).toString() };
}

function isCaller(name: string): boolean {
  return name.toLowerCase().replaceAll('_', '-') === 'x-forwarded-client-cert';
}

function offer(pair: Pair, port: number, protocol = bar): Promise<number> {
  return pair.offer('bar', port, [londonLink], protocol);
}

const own = 'bar.default.svc.cluster.local';
const hosts: Readonly<Record<string, readonly [asked: string, seen: string]>> = {
  "the mirror's full name": ['bar-paris.default.svc.cluster.local', own],
  'a full name in the domain of another cluster': ['bar-paris.default.svc.london.example', own],
  'a name that ends in svc': ['bar-paris.default.svc', own],
  'a name and the namespace': ['bar-paris.default', own],
  'a name of one label': ['bar-paris', own],
  'a name with a port, which stays': ['bar-paris.default.svc.cluster.local:8080', `${own}:8080`],
  'a name in capitals': ['BAR-Paris.Default.svc', own],
  'a name that ends in a dot': ['bar-paris.default.svc.cluster.local.', own],
  'a name in another namespace, which may be any host': ['bar-paris.other', 'bar-paris.other'],
  'a public name': ['www.example.com', 'www.example.com'],
  'a public name with a port': ['www.example.com:8443', 'www.example.com:8443'],
  'a name that only looks like one': ['svc.example.com', 'svc.example.com'],
  'an IP': ['192.0.2.1', '192.0.2.1'],
  'an IPv6 address with a port': ['[2001:db8::1]:80', '[2001:db8::1]:80'],
};

const carrying = pairingsFor('HTTP exports', { exporter: ['http'] });
const refusing = pairings.filter(({ exporter }) => !exporter.capabilities.http);

for (const pairing of carrying) {
  describe(`HTTP exports: ${pairing.name}`, { timeout: 60_000 }, () => {
    test('a host name of the mirror becomes the own one, and others stay', async (t) => {
      await using target = await startBar();
      await using pair = await startPair(pairing);
      const port = await offer(pair, target.port);
      for (const [what, [asked, told]] of Object.entries(hosts)) {
        await t.test(what, async () => assert.equal((await ask(port, { host: asked })).host, told));
      }
    });

    test('a host name stays where the export says so', async () => {
      await using target = await startBar();
      await using pair = await startPair(pairing);
      const port = await offer(pair, target.port, { kind: 'http' });
      assert.equal((await ask(port, { host: 'bar-paris.default.svc' })).host, 'bar-paris.default.svc');
    });

    test('the caller is named in every request, in place of whatever the client said', async () => {
      await using target = await startBar();
      await using pair = await startPair(pairing);
      const port = await offer(pair, target.port);
      const lies = {
        none: {},
        one: { 'x-forwarded-client-cert': 'URI=spiffe://root/admin' },
        several: { 'X-Forwarded-Client-Cert': ['URI=spiffe://root/admin', 'URI=spiffe://root/other'] },
        'with underscores': { x_forwarded_client_cert: 'URI=spiffe://root/admin' },
      };
      for (const [what, headers] of Object.entries(lies)) {
        assert.deepEqual((await ask(port, { host: 'bar', ...headers })).callers, [caller], what);
      }
    });

    test('several requests travel on one connection, bodies of known and unknown length among them', async () => {
      await using target = await startBar();
      await using pair = await startPair(pairing);
      const port = await offer(pair, target.port);
      const large = 'x'.repeat(300_000);
      const answers = await askAgain(port, [
        { body: '' },
        { body: 'sent whole' },
        { body: 'sent in chunks', chunked: true },
        { body: large, chunked: true },
      ]);
      assert.deepEqual(
        answers.map(({ host, callers, body }) => [host, callers, body]),
        ['', 'sent whole', 'sent in chunks', large].map((body) => [own, [caller], body]),
      );
      assert.equal(target.accepted.length, 1);
    });

    test('an upgraded connection goes on in both directions', async () => {
      await using target = await startBar();
      await using pair = await startPair(pairing);
      await upgrade(await connect(await offer(pair, target.port)));
    });

    test('HTTP/2 with prior knowledge is read too, and reaches the target as HTTP/2', async () => {
      await using pair = await startPair(pairing);
      const server = http2.createServer();
      server.on('stream', (stream, headers) => {
        const { ':authority': authority, host, 'x-forwarded-client-cert': told } = headers;
        stream.respond({});
        stream.end(JSON.stringify([authority ?? host, told]));
      });
      await using target = await startTarget((socket) => server.emit('connection', socket));
      const session = http2.connect(`http://127.0.0.1:${await offer(pair, target.port)}`);
      const answers = ['bar-paris.default:8080', 'www.example.com'].map(async (authority) => {
        const lie = 'URI=spiffe://root/admin';
        const stream = session.request({ ':authority': authority, 'x-forwarded-client-cert': lie });
        return JSON.parse((await stream.toArray()).join('')) as unknown;
      });
      assert.deepEqual(await Promise.all(answers), [
        [`${own}:8080`, caller],
        ['www.example.com', caller],
      ]);
      session.on('error', () => {});
      session.destroy();
    });

    test('the caller is named by no trailer, and no hop is told to take away what names it', async () => {
      await using target = await startBar();
      await using pair = await startPair(pairing);
      const port = await offer(pair, target.port);
      const head = 'POST / HTTP/1.1\r\nHost: bar\r\n';
      const asked = {
        'a nomination': `${head}Connection: close, X_Forwarded-Client-Cert, x-forwarded-client-cert\r\nContent-Length: 0\r\n\r\n`,
        'another trailer': `${head}Transfer-Encoding: chunked\r\n\r\n1\r\n.\r\n0\r\nx-checksum: 1\r\n\r\n`,
        'a trailer': `${head}Transfer-Encoding: chunked\r\n\r\n1\r\n.\r\n0\r\nx-other: 1\r\nX-Forwarded_Client-Cert: URI=spiffe://root/admin\r\n\r\n`,
      };
      for (const [what, text] of Object.entries(asked)) {
        const seenBefore = bytesOf(target);
        const client = await connect(port);
        client.write(text);
        const status = (await read(client, 12)).toString();
        client.destroy();
        const told = bytesOf(target).slice(seenBefore.length);
        assert.equal(status, what === 'a trailer' ? 'HTTP/1.1 400' : 'HTTP/1.1 200', what);
        assert.doesNotMatch(told, /root\/admin|^connection:.*client/im, what);
      }
    });

    test('no request becomes a tunnel', async () => {
      await using target = await startBar();
      await using pair = await startPair(pairing);
      const client = await connect(await offer(pair, target.port));
      client.write('CONNECT bar:80 HTTP/1.1\r\nHost: bar:80\r\n\r\n');
      assert.equal((await read(client, 12)).toString(), 'HTTP/1.1 405');
      client.destroy();
      assert.equal(target.accepted.length, 0);

      const session = http2.connect(`http://127.0.0.1:${await offer(pair, target.port)}`);
      session.on('error', () => {});
      for (const more of [{}, { ':protocol': 'websocket', ':scheme': 'http', ':path': '/' }]) {
        const headers = { ':method': 'CONNECT', ':authority': 'bar', ...more };
        const stream = session.request(headers).on('error', () => {});
        const status = await new Promise((resolve) => {
          stream.once('response', ({ ':status': given }) => resolve(given));
          stream.once('close', () => resolve('reset'));
        });
        assert.ok(status === 405 || status === 'reset', `${String(status)} for ${JSON.stringify(more)}`);
      }
      session.destroy();
      assert.equal(target.accepted.length, 0);
    });

    test('an upgrade to HTTP, whose requests would not be read, does not happen', async () => {
      await using target = await startBar();
      await using pair = await startPair(pairing);
      const client = await connect(await offer(pair, target.port));
      client.write('GET / HTTP/1.1\r\nHost: bar\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n');
      client.write('HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n');
      assert.equal((await read(client, 12)).toString(), 'HTTP/1.1 200');
      assert.doesNotMatch(bytesOf(target), /^upgrade:/im);
      client.destroy();
    });

    test('a target that refuses the connection is an answer that says so', async () => {
      await using pair = await startPair(pairing);
      const target = await startBar();
      await target[Symbol.asyncDispose]();
      const client = await connect(await offer(pair, target.port));
      client.write('GET / HTTP/1.1\r\nHost: bar\r\n\r\n');
      assert.equal((await read(client, 12)).toString(), 'HTTP/1.1 503');
      client.destroy();
    });

    test('what is no longer exported is cut, in the middle of an answer and between two requests', async () => {
      await using target = await startBar();
      await using pair = await startPair(pairing);
      const port = await offer(pair, target.port);
      const clients = await Promise.all(['/slow', '/'].map(() => connect(port)));
      const [busy, idle] = clients;
      busy!.write('GET /slow HTTP/1.1\r\nHost: bar\r\n\r\n');
      idle!.write('GET / HTTP/1.1\r\nHost: bar\r\n\r\n');
      for (const client of clients) assert.equal((await read(client, 12)).toString(), 'HTTP/1.1 200');
      await pair.tellParis({ exports: [] });
      for (const client of clients) await endsAs(client, cuts(pairing));
      await visitEndsAs(port, refusals);
    });

    test('a client that leaves takes its request at the target with it', async () => {
      await using target = await startBar();
      await using pair = await startPair(pairing);
      const client = await connect(await offer(pair, target.port));
      client.write('GET /never HTTP/1.1\r\nHost: bar\r\n\r\n');
      await eventually(() => target.accepted.length === 1);
      client.destroy();
      await eventually(() => target.accepted.every(({ closed }) => closed));
    });

    test('what is exported as TCP passes as it is', async () => {
      await using target = await startBar();
      await using pair = await startPair(pairing);
      const port = await pair.offer('bar', target.port);
      const lie = 'URI=spiffe://root/admin';
      const told = await ask(port, { host: 'bar-paris', 'x-forwarded-client-cert': lie });
      assert.deepEqual([told.host, told.callers], ['bar-paris', [lie]]);
    });
  });
}

for (const pairing of refusing) {
  describe(`HTTP exports: ${pairing.name}`, { timeout: 60_000 }, () => {
    test('an exporter that cannot say who calls serves no export that is trusted for it', async () => {
      await using target = await startBar();
      await using pair = await startPair(pairing);
      await visitEndsAs(await offer(pair, target.port), refusals);
      assert.equal(target.accepted.length, 0);
    });
  });
}
