import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eventually } from '../driver/eventually.js';
import { blob, connect, ending, endsAs, read, readAll, sha256, visitEndsAs } from './client.js';
import { cuts, pairings, refusals } from './pairings.js';
import { echo, startTarget } from './target.js';
import { startPair } from './gatewaypair.js';

for (const pairing of pairings) {
  describe(`carrying TCP: ${pairing.name}`, { timeout: 60_000 }, () => {
    test('bytes come back as they were sent, and the end of both directions with them', async () => {
      await using pair = await startPair(pairing);
      await using target = await startTarget(echo);
      const client = await connect(await pair.offer('echo', target.port));
      client.end('hello, pair');
      assert.equal((await readAll(client)).toString(), 'hello, pair');
      await eventually(() => pair.connections.egress() + pair.connections.ingress() === 0);
    });

    test('a server that speaks first is heard before the client says a word', async () => {
      await using pair = await startPair(pairing);
      await using target = await startTarget((socket) => socket.write('220 ready\r\n'));
      const client = await connect(await pair.offer('mail', target.port));
      assert.equal((await read(client, 11)).toString(), '220 ready\r\n');
      client.destroy();
    });

    test('64 MiB arrive whole both ways at once', async () => {
      await using pair = await startPair(pairing);
      const { data, sha256: sum } = blob(64 << 20);
      const received: Promise<Buffer>[] = [];
      await using target = await startTarget((socket) => {
        received.push(readAll(socket));
        socket.end(data);
      });
      const client = await connect(await pair.offer('big', target.port));
      client.end(data);
      assert.equal(sha256(await readAll(client)), sum);
      assert.equal(sha256(await received[0]!), sum);
    });

    test('50 connections at once do not mix', async () => {
      await using pair = await startPair(pairing);
      await using target = await startTarget(echo);
      const port = await pair.offer('echo', target.port);
      const clients = await Promise.all(Array.from({ length: 50 }, () => connect(port)));
      await eventually(() => pair.connections.ingress() === 50);
      await eventually(() => pair.connections.egress() === 50);
      const answers = clients.map(async (client, index) => {
        client.end(`I am ${index}`);
        return (await readAll(client)).toString();
      });
      assert.deepEqual(
        await Promise.all(answers),
        clients.map((_, index) => `I am ${index}`),
      );
    });

    test('a client that has ended its direction still gets its late answer', async () => {
      await using pair = await startPair(pairing);
      await using target = await startTarget(() => {});
      const client = await connect(await pair.offer('late', target.port));
      client.end('question');
      await eventually(() => target.accepted.length === 1);
      const [server] = target.accepted;
      assert.equal((await readAll(server!)).toString(), 'question');
      // Only now, when the end of the question has passed both gateways, is there an answer.
      server!.write('ans');
      server!.end('wer');
      assert.equal((await readAll(client)).toString(), 'answer');
    });

    test('a server that has ended its direction still hears the client', async () => {
      await using pair = await startPair(pairing);
      await using target = await startTarget((socket) => socket.end('enough'));
      const client = await connect(await pair.offer('late', target.port));
      assert.equal((await readAll(client)).toString(), 'enough');
      const heard = readAll(target.accepted[0]!);
      client.write('one more ');
      client.end('thing');
      assert.equal((await heard).toString(), 'one more thing');
    });

    test('a target that refuses the connection is a reset for the client, not an empty answer', async () => {
      await using pair = await startPair(pairing);
      const { port } = await startTarget(echo).then(async (target) => {
        await target[Symbol.asyncDispose]();
        return target;
      });
      await visitEndsAs(await pair.offer('gone', port), refusals);
    });

    test('a reset by the target in the middle of a stream reaches the client as one', async () => {
      await using pair = await startPair(pairing);
      await using target = await startTarget((socket) => socket.write('half of'));
      const client = await connect(await pair.offer('broken', target.port));
      await read(client, 7);
      target.accepted[0]!.resetAndDestroy();
      await endsAs(client, cuts(pairing));
    });

    test('a reset by the client reaches the target as one', async () => {
      await using pair = await startPair(pairing);
      await using target = await startTarget((socket) => socket.write('hello'));
      const client = await connect(await pair.offer('left', target.port));
      await read(client, 5);
      const ended = ending(target.accepted[0]!);
      client.resetAndDestroy();
      assert.ok(cuts(pairing).includes(await ended));
    });

    test('a peer gateway that is not there is a reset for the client', async () => {
      await using pair = await startPair(pairing);
      await using target = await startTarget(echo);
      const port = await pair.offer('echo', target.port);
      await pair.stop('ingress', 0);
      await visitEndsAs(port, refusals);
      await eventually(() => pair.connections.egress() === 0);
    });

    test('an upgraded connection goes on in both directions', async () => {
      await using pair = await startPair(pairing);
      const switching =
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n';
      await using target = await startTarget((socket) => {
        socket.once('data', () => {
          socket.write(
            'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
          );
          socket.on('data', (frame: Buffer) => socket.write(frame.toReversed()));
        });
      });
      const client = await connect(await pair.offer('ws', target.port));
      client.write('GET /chat HTTP/1.1\r\nHost: ws\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
      assert.equal((await read(client, switching.length)).toString(), switching);
      client.write(Buffer.from([1, 2, 3]));
      assert.deepEqual([...(await read(client, 3))], [3, 2, 1]);
      client.destroy();
    });

    test('HTTP/2 with prior knowledge passes', async () => {
      await using pair = await startPair(pairing);
      const http2 = await import('node:http2');
      const server = http2.createServer((request, response) => response.end(`you asked for ${request.url}`));
      await using target = await startTarget((socket) => server.emit('connection', socket));
      const session = http2.connect(`http://127.0.0.1:${await pair.offer('h2c', target.port)}`);
      const answers = ['/one', '/two'].map(async (path) => {
        const stream = session.request({ ':path': path });
        return (await stream.toArray()).join('');
      });
      assert.deepEqual(await Promise.all(answers), ['you asked for /one', 'you asked for /two']);
      session.destroy();
    });
  });
}
