import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { aCluster } from '../gen/pki.js';
import { pairings } from './implementation.js';
import { echo, startTarget } from './target.js';
import { aPeer, londonLink, startWorld, type Pair } from './world.js';

function dial(world: Pair, session?: Buffer): TLSSocket {
  const { cert, key } = world.london.egress;
  return connect({
    ...{ port: world.ingressPort, host: '127.0.0.1', servername: world.nameOf('echo') },
    ...{ cert, key, ca: world.paris.authority.ca, ...(session && { session }) },
  }).on('error', () => {});
}

/** Every session that the server hands out while it answers one request. */
async function sessionsOf(world: Pair): Promise<Buffer[]> {
  const sessions: Buffer[] = [];
  const socket = dial(world).on('session', (session: Buffer) => sessions.push(session));
  socket.end('hello');
  await socket.toArray();
  const last = socket.getSession();
  return last ? [...sessions, last] : sessions;
}

for (const pairing of pairings) {
  describe(`resumption: ${pairing.name}`, { timeout: 60_000 }, () => {
    test('no session is ever resumed', async () => {
      await using world = await startWorld(pairing);
      await using target = await startTarget(echo);
      await world.offer('echo', target.port);
      for (const session of await sessionsOf(world)) {
        const socket = dial(world, session);
        await once(socket, 'secureConnect');
        assert.equal(socket.isSessionReused(), false);
        socket.destroy();
      }
    });

    test('a session from before the peer was distrusted opens nothing', async () => {
      await using world = await startWorld(pairing);
      await using target = await startTarget(echo);
      await world.offer('echo', target.port);
      const sessions = await sessionsOf(world);
      const other = await aCluster('london');
      await world.tellParis({ peers: [aPeer(londonLink, 'london', other.authority)] });
      for (const session of [undefined, ...sessions]) {
        const socket = dial(world, session);
        socket.end('hello');
        await assert.rejects(socket.toArray());
      }
      assert.equal(target.accepted.length, 1);
    });
  });
}
