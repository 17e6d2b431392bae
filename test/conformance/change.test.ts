import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { describe, test } from 'node:test';
import { eventually } from '../driver/eventually.js';
import { aCluster, type ClusterPki, leavesOf } from '../gen/pki.js';
import { connect, endsAs, isAnswered, read, readAll, tryTls, visitEndsAs } from './client.js';
import { cuts, pairings, refusals } from './pairings.js';
import { echo, startTarget } from './target.js';
import { aPeer, londonLink, startPair, type Pair } from './gatewaypair.js';

/** A client whose connection has been through once. */
async function stream(port: number): Promise<Socket> {
  const client = await connect(port);
  await says(client, 'hello');
  return client;
}

async function says(client: Socket, text: string): Promise<void> {
  client.write(text);
  assert.equal((await read(client, text.length)).toString(), text);
}

for (const pairing of pairings) {
  describe(`changes under traffic: ${pairing.name}`, { timeout: 60_000 }, () => {
    test('what is no longer exported is cut, and the rest goes on', async () => {
      await using target = await startTarget(echo);
      await using pair = await startPair(pairing);
      const kept = await stream(await pair.offer('kept', target.port));
      const port = await pair.offer('gone', target.port);
      const cut = await stream(port);
      await pair.tellParis({ exports: pair.exports().slice(0, 1) });
      await endsAs(cut, cuts(pairing));
      await visitEndsAs(port, refusals);
      await says(kept, 'still here');
    });

    test('what a peer may no longer reach is cut, even if others still may', async () => {
      await using target = await startTarget(echo);
      await using pair = await startPair(pairing);
      const cut = await stream(await pair.offer('echo', target.port));
      const [exported] = pair.exports();
      await pair.tellParis({ exports: [{ ...exported!, allow: new Set(['cluster-c']) }] });
      await endsAs(cut, cuts(pairing));
    });

    test('a peer that is unlinked is cut', async () => {
      await using target = await startTarget(echo);
      await using pair = await startPair(pairing);
      const cut = await stream(await pair.offer('echo', target.port));
      await pair.tellParis({ peers: [] });
      await endsAs(cut, cuts(pairing));
      await eventually(() => pair.connections.ingress() === 0);
    });

    test('a link that comes to stand for another cluster keeps none of the old sessions', async () => {
      await using target = await startTarget(echo);
      await using pair = await startPair(pairing);
      const cut = await stream(await pair.offer('echo', target.port));
      const berlin = await aCluster('berlin');
      await pair.tellParis({ peers: [aPeer(londonLink, 'berlin', berlin.authority)] });
      await endsAs(cut, cuts(pairing));
    });

    test('who unlinks a peer, or links another one in its place, keeps no session with it', async () => {
      await using target = await startTarget(echo);
      await using pair = await startPair(pairing);
      const port = await pair.offer('echo', target.port);
      const { authority } = pair.paris;
      const cut = await stream(port);
      await pair.tellLondon({ peers: [] });
      await endsAs(cut, cuts(pairing));
      await pair.tellLondon({ peers: [aPeer('cluster-a', 'paris', authority, pair.ingressPort)] });
      const other = await stream(port);
      await pair.tellLondon({ peers: [aPeer('cluster-a', 'berlin', authority, pair.ingressPort)] });
      await endsAs(other, cuts(pairing));
    });

    test('a certificate that was let in many times opens nothing once its peer may not', async () => {
      await using target = await startTarget(echo);
      await using pair = await startPair(pairing);
      const port = await pair.offer('echo', target.port);
      const { london, paris } = pair;
      const [link, { allow }] = [aPeer(londonLink, 'london', london.authority), pair.exports()[0]!];
      const berlin = await aCluster('berlin');
      const changes = {
        unlinked: { peers: [] },
        'of another cluster': { peers: [aPeer(londonLink, 'berlin', london.authority)] },
        'of another CA': { peers: [aPeer(londonLink, 'london', berlin.authority)] },
        'without a right': { exports: pair.exports().map((one) => ({ ...one, allow: new Set<string>() })) },
      };
      for (const [what, change] of Object.entries(changes)) {
        for (let round = 0; round < 5; round++) assert.ok(await isAnswered(port), what);
        await pair.tellParis(change);
        assert.equal(await isAnswered(port), false, what);
        await pair.tellParis({ peers: [link], exports: pair.exports().map((one) => ({ ...one, allow })) });
      }
      assert.ok(await isAnswered(port));
      await pair.tellLondon({ peers: [aPeer('cluster-a', 'berlin', paris.authority, pair.ingressPort)] });
      assert.equal(await isAnswered(port), false, 'another callee');
      await pair.tellLondon({ peers: [aPeer('cluster-a', 'paris', paris.authority, pair.ingressPort)] });
      assert.ok(await isAnswered(port));
    });

    test('new leaves and new CAs on both sides end no stream, and old ones stop opening any', async () => {
      await using target = await startTarget(echo);
      await using pair = await startPair(pairing);
      const { london, paris } = pair;
      const port = await pair.offer('echo', target.port);
      const streams = [await stream(port)];
      const step = async (nextLondon: ClusterPki, nextParis: ClusterPki) => {
        await tell(pair, nextLondon, nextParis);
        streams.push(await stream(port));
        for (const live of streams) await says(live, 'still here');
      };
      await step(await leavesOf('london', london.authority), await leavesOf('paris', paris.authority));
      // First both CAs are trusted, then the new one signs, then the old one is dropped.
      const [london2, paris2] = await Promise.all([aCluster('london'), aCluster('paris')]);
      const both = (next: ClusterPki, old: ClusterPki) => ({
        ...next.authority,
        ca: next.authority.ca + old.authority.ca,
      });
      await step(
        { ...london, authority: both(london2, london) },
        { ...paris, authority: both(paris2, paris) },
      );
      await step(
        { ...london2, authority: both(london2, london) },
        { ...paris2, authority: both(paris2, paris) },
      );
      await step(london2, paris2);
      const { cert, key } = london.egress;
      const outcome = await tryTls(pair.ingressPort, { cert, key, servername: pair.nameOf('echo') });
      assert.ok('refused' in outcome);
    });

    test('a target that moves gets the next connection, and the old one keeps its own', async () => {
      await using before = await startTarget((socket) => socket.on('data', () => socket.write('old')));
      await using after = await startTarget((socket) => socket.on('data', () => socket.write('new')));
      await using pair = await startPair(pairing);
      const port = await pair.offer('moving', before.port);
      const first = await connect(port);
      first.write('?');
      assert.equal((await read(first, 3)).toString(), 'old');
      const [exported] = pair.exports();
      await pair.tellParis({ exports: [{ ...exported!, target: { host: '127.0.0.1', port: after.port } }] });
      const second = await connect(port);
      second.write('?');
      assert.equal((await read(second, 3)).toString(), 'new');
      first.write('?');
      assert.equal((await read(first, 3)).toString(), 'old');
    });

    test('a route that is removed takes no more connections, and keeps those it has', async () => {
      await using target = await startTarget(echo);
      await using pair = await startPair(pairing);
      const port = await pair.offer('echo', target.port);
      const live = await stream(port);
      await pair.tellLondon({ routes: [] });
      await visitEndsAs(port, ['ECONNREFUSED', ...refusals]);
      await says(live, 'still here');
    });

    test('a route that was taken back keeps none of its connections, and the others go on', async () => {
      await using target = await startTarget(echo);
      await using pair = await startPair(pairing);
      const kept = await stream(await pair.offer('kept', target.port));
      const port = await pair.offer('echo', target.port);
      const cut = await stream(port);
      const [staying] = pair.routes();
      await pair.tellLondon({ routes: [staying!], ended: new Map([[port, []]]) });
      await endsAs(cut, cuts(pairing));
      await visitEndsAs(port, ['ECONNREFUSED', ...refusals]);
      await says(kept, 'still here');
    });

    test('a port that comes to lead to another service keeps no connection to the one before', async () => {
      await using target = await startTarget(echo);
      await using pair = await startPair(pairing);
      const port = await pair.offer('echo', target.port);
      const other = await pair.offer('other', target.port);
      const [cut, kept] = [await stream(port), await stream(other)];
      const [first, second] = pair.routes();
      await pair.tellLondon({ routes: [{ ...first!, serviceId: second!.serviceId }, second!] });
      await endsAs(cut, cuts(pairing));
      await says(kept, 'still here');
      await says(await stream(port), 'anew');
    });

    test('a gateway that stops lets live connections end', async () => {
      for (const role of ['egress', 'ingress'] as const) {
        await using target = await startTarget(echo);
        await using pair = await startPair(pairing);
        const live = await stream(await pair.offer('echo', target.port));
        let stopped = false;
        const stopping = pair.stop(role, 60_000).then(() => (stopped = true));
        await says(live, 'still here');
        assert.equal(stopped, false);
        live.end('bye');
        assert.equal((await readAll(live)).toString(), 'bye');
        await stopping;
      }
    });

    test('a gateway that stops cuts what has not ended in time', async () => {
      for (const role of ['egress', 'ingress'] as const) {
        await using target = await startTarget(echo);
        await using pair = await startPair(pairing);
        const live = await stream(await pair.offer('echo', target.port));
        await pair.stop(role, 1);
        await endsAs(live, cuts(pairing));
      }
    });
  });
}

async function tell(pair: Pair, london: ClusterPki, paris: ClusterPki): Promise<void> {
  await pair.tellParis({ identity: paris.ingress, peers: [aPeer(londonLink, 'london', london.authority)] });
  const peer = aPeer('cluster-a', 'paris', paris.authority, pair.ingressPort);
  await pair.tellLondon({ identity: london.egress, peers: [peer] });
}
