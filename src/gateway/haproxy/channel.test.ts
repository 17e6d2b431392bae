import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually } from '../../../test/driver/eventually.js';
import { fakeClock } from '../../../test/gen/clock.js';
import { readAll } from '../../../test/conformance/client.js';
import { binaryHeader, field, v4 } from '../../../test/conformance/header.js';
import { silent } from '../../runtime/log.js';
import { serveChannel } from './channel.js';

const request = Buffer.from('GET /v1/peer HTTP/1.1\r\nHost: gateway\r\n\r\n');
const told = binaryHeader({ body: Buffer.concat([v4, field(5, 'to-london')]) });

/** A channel that somebody connects to, and what it answers. */
async function withChannel(
  use: (socket: Socket, clock: ReturnType<typeof fakeClock>) => unknown,
): Promise<{ readonly answer: string; readonly asked: readonly string[] }> {
  const directory = await mkdtemp(join(tmpdir(), 'channel-'));
  const path = join(directory, 'socket');
  const clock = fakeClock();
  const asked: string[] = [];
  const report = (link: string) => {
    asked.push(link);
    return {
      protocol: 2,
      cluster: 'paris',
      uid: 'u',
      serviceIds: [],
      caFingerprints: [],
      addresses: [],
    } as const;
  };
  const server = await serveChannel(path, { report, clock, log: silent });
  try {
    const socket = connect(path);
    socket.on('error', () => {});
    const all = readAll(socket);
    await use(socket, clock);
    return { answer: (await all).toString(), asked };
  } finally {
    await server.close();
    await rm(directory, { recursive: true });
  }
}

test('the channel answers to the link that HAProxy names, with all that came with its header', async () => {
  const { answer, asked } = await withChannel((socket) => socket.write(Buffer.concat([told, request])));
  assert.match(answer, /^HTTP\/1\.1 200 /);
  assert.deepEqual(asked, ['to-london']);
});

test('the channel gives an operator no report', async () => {
  const operator = binaryHeader({ body: Buffer.concat([v4, field(5, 'to-london|operator')]) });
  const { answer, asked } = await withChannel((socket) => socket.write(Buffer.concat([operator, request])));
  assert.match(answer, /^HTTP\/1\.1 404 /);
  assert.deepEqual(asked, []);
});

const strangers: Record<string, Buffer> = {
  'a caller without a header': request,
  'a header of version 1, which can name no link': Buffer.from('PROXY UNKNOWN\r\n'),
  'a header without a unique id': binaryHeader({ body: v4 }),
  'a header with an empty unique id': binaryHeader({ body: Buffer.concat([v4, field(5, '')]) }),
  'a role that is not known': binaryHeader({ body: Buffer.concat([v4, field(5, 'to-london|admin')]) }),
  'a role and more': binaryHeader({ body: Buffer.concat([v4, field(5, 'to-london|operator|x')]) }),
};

for (const [what, data] of Object.entries(strangers)) {
  test(`the channel hangs up on ${what}`, async () => {
    const { answer, asked } = await withChannel((socket) => socket.write(Buffer.concat([data, request])));
    assert.deepEqual([answer, asked], ['', []]);
  });
}

test('the channel hangs up on who does not say in time for whom it calls', async () => {
  const { answer, asked } = await withChannel(async (socket, clock) => {
    socket.write(told.subarray(0, 20));
    await eventually(() => clock.timers === 1);
    await clock.advance(10_000);
  });
  assert.deepEqual([answer, asked], ['', []]);
});
