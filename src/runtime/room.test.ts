import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { eventually } from '../../test/driver/eventually.js';
import { keepRoom } from './room.js';

async function start(t: TestContext, most: number) {
  const server = createServer(() => {});
  const know = keepRoom(server, most);
  const sockets: Socket[] = [];
  server.on('connection', (socket: Socket) => void sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const clients: Socket[] = [];
  t.after(() => {
    for (const client of clients) client.destroy();
    server.close();
  });
  const held = () => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));
  return {
    held,
    /** Says that it is known whose that connection is, by its number. */
    know: (at: number) => know(sockets[at]!),
    /** Connects from an address, and waits until the server knows of it. */
    come: async (localAddress: string): Promise<Socket> => {
      const accepted = once(server, 'connection');
      const client = connect({ port, host: '127.0.0.1', localAddress }).on('error', () => {});
      clients.push(client);
      await accepted;
      return client.resume();
    },
  };
}

test('beyond the bound the address with the most connections loses its oldest', async (t) => {
  const { come, held } = await start(t, 4);
  const quiet = await come('127.0.0.2');
  const greedy: Socket[] = [];
  for (let n = 0; n < 8; n++) greedy.push(await come('127.0.0.3'));
  await eventually(async () => assert.equal(await held(), 4));
  await eventually(() => assert.equal(greedy.filter(({ closed }) => closed).length, 5));
  assert.deepEqual(
    greedy.map(({ closed }) => closed),
    [true, true, true, true, true, false, false, false],
  );
  assert.equal(quiet.closed, false);
});

test('who has left takes no room', async (t) => {
  const { come, held } = await start(t, 2);
  for (let n = 0; n < 5; n++) {
    const client = await come('127.0.0.2');
    client.destroy();
    await eventually(async () => assert.equal(await held(), 0));
  }
  const [one, two] = [await come('127.0.0.2'), await come('127.0.0.2')];
  assert.deepEqual([one.closed, two.closed], [false, false]);
});

test('connections of which it is known whose they are take no room, and give none twice', async (t) => {
  const { come, held, know } = await start(t, 4);
  const known: Socket[] = [];
  for (let n = 0; n < 6; n++) {
    known.push(await come('127.0.0.2'));
    know(n);
    know(n);
  }
  const others: Socket[] = [];
  for (let n = 0; n < 8; n++) others.push(await come(`127.0.0.${3 + (n % 4)}`));
  await eventually(() => assert.equal(others.filter(({ closed }) => closed).length, 4));
  assert.ok(known.every(({ closed }) => !closed));
  for (const socket of known) socket.destroy();
  await eventually(async () => assert.equal(await held(), 4));
  await come('127.0.0.9');
  await eventually(() => assert.equal(others.filter(({ closed }) => closed).length, 5));
});
