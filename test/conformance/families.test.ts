import assert from 'node:assert/strict';
import { request } from 'node:https';
import { describe, test } from 'node:test';
import { tlsOptions } from '../../src/pki/context.js';
import { peerChannelName } from '../../src/protocol/serviceid.js';
import { call, connect, endsAs, read, readAll } from './client.js';
import { cuts, pairings, refusals } from './pairings.js';
import { echo, startTarget } from './target.js';
import { startPair } from './gatewaypair.js';

const host = '::1';

for (const pairing of pairings) {
  describe(`over IPv6: ${pairing.name}`, { timeout: 60_000 }, () => {
    test('bytes pass from a client to a target, both ends and all between on IPv6', async () => {
      await using pair = await startPair(pairing, { host });
      await using target = await startTarget(echo, host);
      const client = await connect(await pair.offer('echo', target.port), host);
      client.end('hello, pair');
      assert.equal((await readAll(client)).toString(), 'hello, pair');
    });

    test('what is no longer exported is cut, and new connections are refused', async () => {
      await using pair = await startPair(pairing, { host });
      await using target = await startTarget(echo, host);
      const port = await pair.offer('echo', target.port);
      const client = await connect(port, host);
      client.write('hello');
      await read(client, 5);
      await pair.tellParis({ exports: [] });
      await endsAs(client, cuts(pairing));
      await endsAs(call(port, host), refusals);
    });

    test('a peer that has addresses of both families is reached at the one that answers', async () => {
      await using target = await startTarget(echo, host);
      await using pair = await startPair(pairing, {
        host,
        addresses: (port) => [
          { host: '127.0.0.1', port },
          { host, port },
        ],
      });
      const port = await pair.offer('echo', target.port);
      for (let round = 0; round < 5; round++) {
        const client = await connect(port, host);
        client.write('ping');
        assert.equal((await read(client, 4)).toString(), 'ping');
        client.destroy();
      }
    });

    test('clients on IPv4 call a target on IPv6', async () => {
      await using target = await startTarget(echo, host);
      await using pair = await startPair(pairing, { host, front: '127.0.0.1' });
      const client = await connect(await pair.offer('echo', target.port));
      client.end('across');
      assert.equal((await readAll(client)).toString(), 'across');
    });

    test('the peer channel knows who asks over IPv6', async () => {
      await using pair = await startPair(pairing, { host });
      const { london, paris } = pair;
      const text = await new Promise<string>((resolve, reject) => {
        const asking = request({
          ...tlsOptions(london.egress, [paris.authority.ca]),
          ...{ host, port: pair.ingressPort, path: '/v1/peer', agent: false },
          servername: peerChannelName('paris'),
        });
        asking.on('response', (response) => {
          void response.toArray().then((chunks) => resolve(chunks.join('')), reject);
        });
        asking.on('error', reject).end();
      });
      assert.equal((JSON.parse(text) as { cluster: string }).cluster, 'paris');
    });
  });
}
