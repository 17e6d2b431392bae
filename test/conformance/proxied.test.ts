import assert from 'node:assert/strict';
import { connect as connectTcp, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import { readCidr } from '../../src/net/cidr.js';
import { connect, ending, endsAs, read, tryTls } from './client.js';
import { binaryHeader } from './header.js';
import { cuts, pairingsFor } from './pairings.js';
import { startRelay } from './relay.js';
import { freePort } from './ports.js';
import { echo, startTarget } from './target.js';
import { startPair, type Pair } from './gatewaypair.js';

const listed = [readCidr('127.0.0.0/8')];
const unlisted = [readCidr('192.0.2.0/24')];

const lineOf = ({ remoteAddress, remotePort }: Socket) =>
  `PROXY TCP4 ${remoteAddress} 127.0.0.1 ${remotePort} 4143\r\n`;
/** Version 2 with an address that two clients have alike, as behind two networks of the same addresses. */
const binaryOf = () => binaryHeader({ body: Buffer.from('0a0000010a00000213881037', 'hex') });

async function says(client: Socket, text: string): Promise<void> {
  client.write(text);
  assert.equal((await read(client, text.length)).toString(), text);
}

/** Says something to the ingress gateway in place of a header, and tells how that ends. */
async function intrude(pair: Pair, words: string | Buffer): Promise<string> {
  const socket = connectTcp({ port: pair.ingressPort, host: '127.0.0.1' });
  socket.write(words);
  return ending(socket);
}

for (const pairing of pairingsFor('behind proxies', { exporter: ['proxyProtocol'] })) {
  describe(`behind proxies: ${pairing.name}`, { timeout: 60_000 }, () => {
    for (const [version, header] of Object.entries({ 1: lineOf, 2: binaryOf })) {
      test(`a proxy that says for whom it connects, in version ${version}, is taken`, async () => {
        await using target = await startTarget(echo);
        const front = await freePort();
        await using pair = await startPair(pairing, {
          proxies: listed,
          addresses: () => [{ host: '127.0.0.1', port: front }],
        });
        const to = { host: '127.0.0.1', port: pair.ingressPort };
        await using _proxy = await startRelay({ host: '127.0.0.1', port: front, to, header });
        const port = await pair.offer('echo', target.port);
        const clients = await Promise.all([connect(port), connect(port)]);
        for (const client of clients) await says(client, 'hello');
        await pair.tellParis({ exports: [] });
        for (const client of clients) await endsAs(client, cuts(pairing));
      });
    }

    test('two proxies without headers, one behind the other, are nobody', async () => {
      await using target = await startTarget(echo);
      const [outer, inner] = [await freePort(), await freePort()];
      await using pair = await startPair(pairing, {
        addresses: () => [{ host: '127.0.0.1', port: outer }],
      });
      const host = '127.0.0.1';
      await using _inner = await startRelay({ host, port: inner, to: { host, port: pair.ingressPort } });
      await using _outer = await startRelay({ host, port: outer, to: { host, port: inner } });
      const client = await connect(await pair.offer('echo', target.port));
      await says(client, 'hello');
      client.destroy();
    });

    test('who comes from a listed network without a header, or with a broken one, is turned away', async () => {
      await using target = await startTarget(echo);
      await using pair = await startPair(pairing, { proxies: listed });
      await pair.offer('echo', target.port);
      const { cert, key } = pair.london.egress;
      const outcome = await tryTls(pair.ingressPort, { cert, key, servername: pair.nameOf('echo') });
      assert.ok('refused' in outcome, 'TLS without a header');
      const hostile = [`PROXY TCP4 ${'1'.repeat(500)}`, 'PROXY TCP4 x y 1 2\r\n', 'GET / HTTP/1.1\r\n\r\n'];
      for (const words of hostile) assert.notEqual(await intrude(pair, words), 'answered');
      const long = Buffer.concat([
        Buffer.from('0d0a0d0a000d0a515549540a2111ffff', 'hex'),
        Buffer.alloc(70_000),
      ]);
      await intrude(pair, long);
      assert.equal(target.accepted.length, 0);
      assert.equal(pair.connections.ingress(), 0);
    });

    test('a header from elsewhere is no TLS', async () => {
      await using target = await startTarget(echo);
      const front = await freePort();
      await using pair = await startPair(pairing, {
        proxies: unlisted,
        addresses: (port) => [{ host: '127.0.0.1', port }],
      });
      const to = { host: '127.0.0.1', port: pair.ingressPort };
      await using _proxy = await startRelay({ host: '127.0.0.1', port: front, to, header: lineOf });
      const port = await pair.offer('echo', target.port);
      const direct = await connect(port);
      await says(direct, 'hello');
      const { cert, key } = pair.london.egress;
      const outcome = await tryTls(front, { cert, key, servername: pair.nameOf('echo') });
      assert.ok('refused' in outcome);
      direct.destroy();
    });
  });
}
