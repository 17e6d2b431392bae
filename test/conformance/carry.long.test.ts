import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { startRedis } from '../../tools/debian/redis.js';
import { eventually } from '../driver/eventually.js';
import { blob, connect, read, readAll, sha256 } from './client.js';
import { pairings } from './pairings.js';
import { echo, startTarget } from './target.js';
import { startPair } from './gatewaypair.js';

/** Longer than any timeout that a gateway might have by mistake; real time, since the gateways may be other programs. */
const late = 45_000;

for (const pairing of pairings) {
  describe(`carrying much and for long: ${pairing.name}`, { timeout: 300_000, concurrency: true }, () => {
    test('1,000 connections at once do not mix, and none is left over', async () => {
      await using pair = await startPair(pairing);
      await using target = await startTarget(echo);
      const port = await pair.offer('echo', target.port);
      const clients: Socket[] = [];
      // 100 handshakes at a time: how many at once a busy machine can do within their time limit is another question
      while (clients.length < 1_000) {
        clients.push(...(await Promise.all(Array.from({ length: 100 }, () => connect(port)))));
        await eventually(() => pair.connections.ingress() === clients.length, 60_000);
      }
      await eventually(() => pair.connections.egress() === 1_000);
      const { data } = blob(64 << 10);
      const answers = clients.map(async (client, index) => {
        const own = Buffer.concat([Buffer.from(`I am ${index}`), data]);
        client.end(own);
        return sha256(await readAll(client)) === sha256(own);
      });
      assert.deepEqual(new Set(await Promise.all(answers)), new Set([true]));
      await eventually(() => pair.connections.egress() + pair.connections.ingress() === 0);
    });

    test('Redis: pipelined commands, a blocking pop, and what is published', async () => {
      await using pair = await startPair(pairing);
      await using redis = await startRedis();
      const port = await pair.offer('redis', redis.port);
      const [one, other] = [await connect(port), await connect(port)];
      const numbers = Array.from({ length: 1_000 }, (_, n) => n + 1);
      one.write('INCR counter\r\n'.repeat(numbers.length));
      const counted = numbers.map((n) => `:${n}\r\n`).join('');
      assert.equal((await read(one, counted.length)).toString(), counted);
      // it is answered only once the other client has pushed
      one.write('BLPOP queue 0\r\n');
      other.write('RPUSH queue work\r\n');
      const popped = '*2\r\n$5\r\nqueue\r\n$4\r\nwork\r\n';
      assert.equal((await read(one, popped.length)).toString(), popped);
      assert.equal((await read(other, 4)).toString(), ':1\r\n');
      one.write('SUBSCRIBE news\r\n');
      const subscribed = '*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n';
      assert.equal((await read(one, subscribed.length)).toString(), subscribed);
      other.write('PUBLISH news flash\r\n');
      const told = '*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nflash\r\n';
      assert.equal((await read(one, told.length)).toString(), told);
      one.destroy();
      other.destroy();
    });

    test('a client that has ended its direction gets its answer 45 s later', async () => {
      await using pair = await startPair(pairing);
      await using target = await startTarget((socket) => {
        void readAll(socket).then(async () => {
          await wait(late);
          socket.end('at last');
        });
      });
      const client = await connect(await pair.offer('late', target.port));
      client.end('question');
      assert.equal((await readAll(client)).toString(), 'at last');
    });

    test('a server that has ended its direction hears the client 45 s later', async () => {
      await using pair = await startPair(pairing);
      await using target = await startTarget((socket) => socket.end('enough'));
      const client = await connect(await pair.offer('late', target.port));
      assert.equal((await readAll(client)).toString(), 'enough');
      const heard = readAll(target.accepted[0]!);
      await wait(late);
      client.end('one more thing');
      assert.equal((await heard).toString(), 'one more thing');
    });

    test('a connection on which nothing is said for 45 s is still there', async () => {
      await using pair = await startPair(pairing);
      await using target = await startTarget(echo);
      const client = await connect(await pair.offer('idle', target.port));
      client.write('before');
      await read(client, 6);
      await wait(late);
      client.write('after');
      assert.equal((await read(client, 5)).toString(), 'after');
      client.destroy();
    });
  });
}
