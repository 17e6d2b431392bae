import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { aCluster } from '../gen/pki.js';
import { pairings } from './pairings.js';
import { echo, startTarget } from './target.js';
import { aPeer, londonLink, startPair, type Pair } from './gatewaypair.js';

function dial(pair: Pair, session?: Buffer): TLSSocket {
  const { cert, key } = pair.london.egress;
  return connect({
    ...{ port: pair.ingressPort, host: '127.0.0.1', servername: pair.nameOf('echo') },
    ...{ cert, key, ca: pair.paris.authority.ca, ...(session && { session }) },
  }).on('error', () => {});
}

/** Every session that the server hands out while it answers one request. */
async function sessionsOf(pair: Pair): Promise<Buffer[]> {
  const sessions: Buffer[] = [];
  const socket = dial(pair).on('session', (session: Buffer) => sessions.push(session));
  socket.end('hello');
  await socket.toArray();
  const last = socket.getSession();
  return last ? [...sessions, last] : sessions;
}

for (const pairing of pairings) {
  describe(`resumption: ${pairing.name}`, { timeout: 60_000 }, () => {
    test('no session is ever resumed', async () => {
      await using pair = await startPair(pairing);
      await using target = await startTarget(echo);
      await pair.offer('echo', target.port);
      for (const session of await sessionsOf(pair)) {
        const socket = dial(pair, session);
        await once(socket, 'secureConnect');
        assert.equal(socket.isSessionReused(), false);
        socket.destroy();
      }
    });

    test('a session from before the peer was distrusted opens nothing', async () => {
      await using pair = await startPair(pairing);
      await using target = await startTarget(echo);
      await pair.offer('echo', target.port);
      const sessions = await sessionsOf(pair);
      const other = await aCluster('london');
      await pair.tellParis({ peers: [aPeer(londonLink, 'london', other.authority)] });
      for (const session of [undefined, ...sessions]) {
        const socket = dial(pair, session);
        socket.end('hello');
        await assert.rejects(socket.toArray());
      }
      assert.equal(target.accepted.length, 1);
    });
  });
}
