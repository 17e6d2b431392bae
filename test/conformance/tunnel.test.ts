import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { describe, test } from 'node:test';
import { eventually } from '../driver/eventually.js';
import { blob, connect, endsAs, isAnswered, read, readAll, sha256, visitEndsAs } from './client.js';
import { startPair } from './gatewaypair.js';
import { cuts, pairings, refusals } from './pairings.js';
import { echo, startTarget } from './target.js';

/** Sends all of it, ends, and gives what came back. */
async function sendAll(client: Socket, data: Buffer): Promise<string> {
  client.end(data);
  return sha256(await readAll(client));
}

for (const pairing of pairings.filter(({ dialledIn }) => dialledIn)) {
  describe(`over connections that the exporter dials: ${pairing.name}`, { timeout: 90_000 }, () => {
    test('40 connections that are busy both ways at once bring everything back', async () => {
      await using pair = await startPair(pairing);
      await using target = await startTarget(echo);
      const port = await pair.offer('echo', target.port);
      const { data, sha256: sum } = blob(1 << 20);
      const clients = await Promise.all(Array.from({ length: 40 }, () => connect(port)));
      const sums = await Promise.all(clients.map((client) => sendAll(client, data)));
      assert.deepEqual(new Set(sums), new Set([sum]));
    });

    test('clients that do not read hold up nobody else', async () => {
      await using pair = await startPair(pairing);
      await using target = await startTarget(echo);
      const port = await pair.offer('echo', target.port);
      const { data } = blob(16 << 20);
      const stalled = await Promise.all(Array.from({ length: 8 }, () => connect(port)));
      for (const client of stalled) client.pause().write(data);
      // all buffers on the way are full when no more is taken
      let taken = -1;
      await eventually(
        () => {
          const before = taken;
          taken = stalled.reduce(
            (sum, { bytesWritten, writableLength }) => sum + bytesWritten - writableLength,
            0,
          );
          return taken === before && taken > 0;
        },
        60_000,
        200,
      );
      for (let round = 0; round < 20; round++) assert.ok(await isAnswered(port));
      for (const client of stalled) client.destroy();
    });

    test('when the connections between the clusters are reset, clients learn of it, and new ones are served', async () => {
      await using pair = await startPair(pairing);
      await using target = await startTarget(echo);
      const port = await pair.offer('echo', target.port);
      const client = await connect(port);
      client.write('hello');
      await read(client, 5);
      const ended = endsAs(client, cuts(pairing));
      pair.between!.nat.reset();
      await ended;
      await eventually(() => isAnswered(port));
    });

    test('spares that a NAT has forgotten cost their client a moment, and no more', async () => {
      await using pair = await startPair(pairing);
      await using target = await startTarget(echo);
      const port = await pair.offer('echo', target.port);
      assert.ok(await isAnswered(port));
      // the control connection came first, and pings keep it
      pair.between!.nat.forget(1);
      assert.ok(await isAnswered(port));
    });

    test('when all connections between the clusters are forgotten, that is noticed', async () => {
      await using pair = await startPair(pairing);
      await using target = await startTarget(echo);
      const port = await pair.offer('echo', target.port);
      pair.between!.nat.forget();
      await eventually(() => isAnswered(port), 40_000);
    });

    test('an exporter that is gone is a reset for clients, before and after that is noticed', async () => {
      await using pair = await startPair(pairing);
      await using target = await startTarget(echo);
      const port = await pair.offer('echo', target.port);
      const client = await connect(port);
      client.write('hello');
      await read(client, 5);
      const ended = endsAs(client, cuts(pairing));
      pair.between!.dialOut.close();
      await ended;
      await visitEndsAs(port, refusals);
      await eventually(() => pair.between!.dialIn.members('cluster-a') === 0);
      await visitEndsAs(port, refusals);
    });

    test('an export that ends cuts its connections, and those of others live on', async () => {
      await using pair = await startPair(pairing);
      await using target = await startTarget(echo);
      const [one, other] = [await pair.offer('one', target.port), await pair.offer('other', target.port)];
      const [cut, stays] = [await connect(one), await connect(other)];
      for (const client of [cut, stays]) {
        client.write('hello');
        await read(client, 5);
      }
      const ended = endsAs(cut, cuts(pairing));
      await pair.tellParis({ exports: pair.exports().slice(1) });
      await ended;
      stays.write('still');
      assert.equal((await read(stays, 5)).toString(), 'still');
      stays.destroy();
    });
  });
}
