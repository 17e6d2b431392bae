import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http';
import http2 from 'node:http2';
import { describe, test } from 'node:test';
import type { Protocol } from '../../src/gateway/model.js';
import { eventually } from '../driver/eventually.js';
import { blob, connect, endsAs, read, sha256 } from './client.js';
import { cuts, type Pairing, pairings } from './pairings.js';
import { startRelay } from './relay.js';
import { upgrade } from './requests.js';
import { startTarget } from './target.js';
import { londonLink, startPair, type Pair } from './gatewaypair.js';

const mebibyte = blob(2 ** 20);
const caller = 'URI=spiffe://london.mirror.internal/gateway';

/** What came back of a request. */
interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

type Respond = (request: IncomingMessage, response: ServerResponse) => void;

/** A web server of that name. */
function startWeb(name: string) {
  const answers: Readonly<Record<string, Respond>> = {
    '/name': ({ headers }, response) =>
      response.end(`${name} ${String(headers['x-forwarded-client-cert'] ?? '')}`),
    '/mebibyte': (_request, response) => response.end(mebibyte.data),
    '/slow': (_request, response) => response.write('.'),
    '/endless': (_request, response) => response.end(Buffer.alloc(64 * 2 ** 20)),
    '/hash': (request, response) =>
      void request.toArray().then((chunks) => response.end(sha256(Buffer.concat(chunks as Buffer[])))),
  };
  const server = createServer((request, response) => answers[request.url ?? '']?.(request, response));
  server.on('upgrade', (_request, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n');
    // the answer to the key of RFC 6455 section 1.3, which the client below asks with
    socket.write('Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n');
    socket.on('data', (frame: Buffer) => socket.write(frame.toReversed()));
  });
  return startTarget((socket) => server.emit('connection', socket));
}

/** Offers a service as HTTP where the exporter can, and pools the connections to it. */
function offer(pair: Pair, { exporter }: Pairing, name: string, port: number): Promise<number> {
  const http: Protocol = { kind: 'http', host: { name, namespace: 'default' } };
  return pair.offer(name, port, [londonLink], exporter.capabilities.http ? http : { kind: 'tcp' }, true);
}

/** One request on a connection of its own. */
function ask(port: number, path: string, body?: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    const request = httpRequest({ host: '127.0.0.1', port, path, method, agent: false }, (response) => {
      response
        .toArray()
        .then(
          (chunks) => resolve({ status: response.statusCode!, body: Buffer.concat(chunks as Buffer[]) }),
          reject,
        );
    });
    request.on('error', reject);
    request.end(body);
  });
}

async function nameAt(port: number): Promise<string> {
  const { body } = await ask(port, '/name');
  return body.toString();
}

/** Many requests, so many at a time, each on a connection of its own. */
async function askOften(count: number, atOnce: number, one: (at: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (next < count) await one(next++);
    }),
  );
}

for (const pairing of pairings) {
  describe(`pooled routes: ${pairing.name}`, { timeout: 60_000 }, () => {
    const told = pairing.exporter.capabilities.http ? caller : '';

    /** A pair whose gateways talk over a relay, which counts their connections. */
    async function relayed() {
      const pair = await startPair(pairing, { addresses: (port) => [{ host: '127.0.0.2', port }] });
      const { ingressPort: port } = pair;
      const relay = await startRelay({ host: '127.0.0.2', port, to: { host: '127.0.0.1', port } });
      return { pair, relay };
    }

    test('connections of clients share tunnels, where that is done', async () => {
      await using target = await startWeb('bar');
      const { pair, relay } = await relayed();
      await using _world = pair;
      await using _relay = relay;
      const port = await offer(pair, pairing, 'bar', target.port);
      await askOften(80, 4, async () => assert.equal(await nameAt(port), `bar ${told}`));
      // the relay counts what the caller dials
      if (pairing.dialledIn) return;
      // a thread has its own, and at times one more is opened than is needed
      if (pairing.caller.capabilities.pooling) assert.ok(relay.count() <= 24, `${relay.count()} tunnels`);
      else assert.equal(relay.count(), 80);
    });

    test('two services share no tunnel, and no request reaches the other one', async () => {
      await using one = await startWeb('one');
      await using two = await startWeb('two');
      const { pair, relay } = await relayed();
      await using _world = pair;
      await using _relay = relay;
      const ports = [
        await offer(pair, pairing, 'one', one.port),
        await offer(pair, pairing, 'two', two.port),
      ];
      await askOften(120, 8, async (at) =>
        assert.equal(await nameAt(ports[at % 2]!), `${['one', 'two'][at % 2]} ${told}`),
      );
      if (!pairing.caller.capabilities.pooling || pairing.dialledIn) return;
      const before = relay.count();
      await askOften(100, 4, () => nameAt(ports[0]!));
      assert.ok(relay.count() - before <= 24, `${relay.count() - before} more`);
    });

    test('a mebibyte arrives whole in both directions', async () => {
      await using target = await startWeb('bar');
      await using pair = await startPair(pairing);
      const port = await offer(pair, pairing, 'bar', target.port);
      await askOften(12, 4, async (at) => {
        const { status, body } = await (at % 2 === 0
          ? ask(port, '/mebibyte')
          : ask(port, '/hash', mebibyte.data));
        assert.equal(status, 200);
        assert.equal(at % 2 === 0 ? sha256(body) : body.toString(), mebibyte.sha256);
      });
    });

    test('a client that does not read keeps nobody else waiting', async () => {
      await using target = await startWeb('bar');
      await using pair = await startPair(pairing);
      const port = await offer(pair, pairing, 'bar', target.port);
      const lazy = await Promise.all(Array.from({ length: 4 }, () => connect(port)));
      for (const client of lazy) {
        client.write('GET /endless HTTP/1.1\r\nHost: bar\r\n\r\n');
        assert.equal((await read(client, 12)).toString(), 'HTTP/1.1 200');
      }
      await askOften(40, 4, async () => assert.equal(await nameAt(port), `bar ${told}`));
      for (const client of lazy) client.destroy();
    });

    test('WebSocket and HTTP/2 with prior knowledge have tunnels of their own', async () => {
      await using target = await startWeb('bar');
      await using pair = await startPair(pairing);
      await upgrade(await connect(await offer(pair, pairing, 'bar', target.port)));

      const server = http2.createServer();
      server.on('stream', (stream) => {
        stream.respond({});
        stream.end('over HTTP/2');
      });
      await using modern = await startTarget((socket) => server.emit('connection', socket));
      const session = http2.connect(`http://127.0.0.1:${await offer(pair, pairing, 'modern', modern.port)}`);
      assert.equal((await session.request({}).toArray()).join(''), 'over HTTP/2');
      session.on('error', () => {});
      session.destroy();
    });

    test('what is no longer exported is cut, and asked for in vain', async () => {
      await using target = await startWeb('bar');
      await using pair = await startPair(pairing);
      const port = await offer(pair, pairing, 'bar', target.port);
      await askOften(8, 4, () => nameAt(port));
      const busy = await connect(port);
      busy.write('GET /slow HTTP/1.1\r\nHost: bar\r\n\r\n');
      assert.equal((await read(busy, 12)).toString(), 'HTTP/1.1 200');
      await pair.tellParis({ exports: [] });
      await endsAs(busy, cuts(pairing));
      for (let at = 0; at < 8; at++) {
        const outcome = await nameAfterwards(port);
        assert.ok(['ECONNRESET', '502', '503'].includes(outcome), outcome);
      }
    });

    test('who unlinks a peer keeps no request with it', async () => {
      await using target = await startWeb('bar');
      await using pair = await startPair(pairing);
      const port = await offer(pair, pairing, 'bar', target.port);
      const busy = await connect(port);
      busy.write('GET /slow HTTP/1.1\r\nHost: bar\r\n\r\n');
      assert.equal((await read(busy, 12)).toString(), 'HTTP/1.1 200');
      await pair.tellLondon({ peers: [] });
      await endsAs(busy, cuts(pairing));
    });

    test('a route that was taken back keeps no request, and another on the same link goes on', async () => {
      await using target = await startWeb('bar');
      await using pair = await startPair(pairing);
      const [port, other] = [
        await offer(pair, pairing, 'bar', target.port),
        await offer(pair, pairing, 'foo', target.port),
      ];
      const [busy, kept] = [await connect(port), await connect(other)];
      for (const client of [busy, kept]) {
        client.write('GET /slow HTTP/1.1\r\nHost: bar\r\n\r\n');
        assert.equal((await read(client, 12)).toString(), 'HTTP/1.1 200');
      }
      const [, staying] = pair.routes();
      await pair.tellLondon({ routes: [staying!], ended: new Map([[port, []]]) });
      await endsAs(busy, cuts(pairing));
      assert.equal(kept.readyState, 'open');
      kept.destroy();
    });

    test('a target that ends its connections when they are idle costs no request that comes later', async () => {
      await using target = await startWeb('bar');
      await using pair = await startPair(pairing);
      const port = await offer(pair, pairing, 'bar', target.port);
      for (let round = 0; round < 4; round++) {
        await askOften(4, 2, async () => assert.equal(await nameAt(port), `bar ${told}`));
        for (const socket of target.accepted) socket.end();
        await eventually(() => target.accepted.every(({ closed }) => closed));
        await eventually(() => pairing.exporter.capabilities.http || pair.connections.ingress() === 0);
      }
    });
  });
}

/** How a request ends of what is not exported any more: the error's code, or the status of the gateway's own answer. */
async function nameAfterwards(port: number): Promise<string> {
  try {
    return String((await ask(port, '/name')).status);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}
