import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Socket } from 'node:net';
import { readAll } from '../../test/conformance/client.js';
import { socketPair } from '../../test/conformance/socketpair.js';
import { eventually } from '../../test/driver/eventually.js';
import { fakeClock } from '../../test/gen/clock.js';
import { aCluster } from '../../test/gen/pki.js';
import { oddRequests, send } from '../../test/gen/requests.js';
import { systemClock, type Clock } from '../runtime/clock.js';
import { silent } from '../runtime/log.js';
import type { Identity } from './identity.js';
import { createInvitationChannel, longestVisit, mostStrangers, type Inviter } from './invitationchannel.js';
import { encodeRequest, largestMessage, type InvitationRequest } from './invitation.js';

let identity: Identity;
before(async () => {
  const { authority } = await aCluster('london');
  identity = { cluster: 'london', uid: 'u', caBundle: authority.cert, addresses: [] };
});
const stranger = { ip: '198.51.100.20', source: '198.51.100.20' };

function setUp({ inviter = {}, clock = systemClock }: { inviter?: Partial<Inviter>; clock?: Clock } = {}) {
  const taken: { request: InvitationRequest; from: string }[] = [];
  const channel = createInvitationChannel(
    {
      facts: () => ({ cluster: 'paris', caBundle: 'PEM' }),
      mayAsk: () => true,
      take: async (request, from) => {
        taken.push({ request, from });
        return { identity: { ...identity, cluster: 'paris' }, exports: 'all Services' };
      },
      ...inviter,
    },
    { clock, log: silent },
  );
  const visit = async (): Promise<[client: Socket, server: Socket]> => {
    const [client, server] = await socketPair();
    client.on('error', () => {});
    channel.serve(server, stranger);
    return [client, server];
  };
  const ask = async (text: string): Promise<string> => {
    const [client] = await visit();
    client.write(text);
    return (await readAll(client).catch(() => '')).toString();
  };
  return { channel, taken, visit, ask };
}

const post = (body: string, headers = `Content-Length: ${Buffer.byteLength(body)}\r\n`) =>
  `POST /v1/invitation HTTP/1.1\r\nHost: x\r\n${headers}\r\n${body}`;
const redeem = () => encodeRequest({ id: '4f2a9c1e', secret: Buffer.alloc(20, 7), act: 'redeem', identity });
const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d+) /.exec(answer)?.[1]);
const bodyOf = (answer: string) => JSON.parse(answer.split('\r\n\r\n')[1] ?? '') as Record<string, unknown>;

test('GET says who answers, before a secret travels', async () => {
  const answer = await setUp().ask('GET /v1/invitation HTTP/1.1\r\nHost: x\r\n\r\n');
  assert.equal(statusOf(answer), 200);
  assert.deepEqual(bodyOf(answer), { protocol: 2, cluster: 'paris', caBundle: 'PEM' });
  const unknown = await setUp({ inviter: { facts: () => undefined } }).ask(
    'GET /v1/invitation HTTP/1.1\r\nHost: x\r\n\r\n',
  );
  assert.equal(statusOf(unknown), 503);
});

test('POST hands the request on with the address of the stranger', async () => {
  const { ask, taken } = setUp();
  const answer = await ask(post(redeem()));
  assert.equal(statusOf(answer), 200);
  assert.equal(bodyOf(answer).exports, 'all Services');
  assert.deepEqual(taken[0]?.from, stranger.ip);
  assert.deepEqual(taken[0].request.identity, identity);
});

test('a refusal has its status and its sentence', async () => {
  const take = async () => ({ refusal: 'NotOpen', message: 'it has ended' }) as const;
  const answer = await setUp({ inviter: { take } }).ask(post(redeem()));
  assert.equal(statusOf(answer), 403);
  assert.deepEqual(bodyOf(answer), { refusal: 'NotOpen', message: 'it has ended' });
});

test('whoever has asked too often is told so, and nothing of the request is read', async () => {
  const sources: string[] = [];
  const { ask, taken } = setUp({ inviter: { mayAsk: (source) => (sources.push(source), false) } });
  assert.equal(statusOf(await ask(post(redeem()))), 429);
  assert.deepEqual([sources, taken], [[stranger.source], []]);
});

test('a request that cannot be read is refused', async () => {
  const { ask, taken } = setUp();
  assert.equal(statusOf(await ask(post('{}'))), 400);
  assert.deepEqual(taken, []);
});

test('a request that is too long is refused, whether it says so or not', async () => {
  const { ask, taken } = setUp();
  assert.equal(statusOf(await ask(post('', `Content-Length: ${largestMessage + 1}\r\n`))), 400);
  const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
  assert.equal(statusOf(await ask(post(chunk + '1\r\nx\r\n', 'Transfer-Encoding: chunked\r\n'))), 400);
  assert.deepEqual(taken, []);
});

test('nothing else is answered, whatever host is named', async () => {
  const { ask, taken } = setUp();
  assert.equal(
    statusOf(await ask('GET /v1/peer HTTP/1.1\r\nHost: gateway.paris.mirror.internal\r\n\r\n')),
    404,
  );
  assert.equal(statusOf(await ask('GET http://169.254.169.254/ HTTP/1.1\r\nHost: x\r\n\r\n')), 404);
  assert.equal(statusOf(await ask('DELETE /v1/invitation HTTP/1.1\r\nHost: x\r\n\r\n')), 405);
  assert.notEqual(statusOf(await ask('CONNECT 127.0.0.1:80 HTTP/1.1\r\nHost: x\r\n\r\n')), 200);
  assert.deepEqual(taken, []);
});

test('odd requests end no process', async () => {
  const { ask, visit } = setUp();
  for (const odd of Object.values(oddRequests)) {
    const [client] = await visit();
    assert.notEqual(statusOf(await send(client, odd)), 200);
    client.destroy();
  }
  assert.equal(statusOf(await ask('GET /v1/invitation HTTP/1.1\r\nHost: x\r\n\r\n')), 200);
});

test('a connection serves one request', async () => {
  const { ask, taken } = setUp();
  const answers = await ask(post(redeem()).repeat(50));
  assert.equal(answers.match(/HTTP\/1\.1 200 /g)?.length, 1);
  assert.equal(taken.length, 1);
});

test('long headers are refused', async () => {
  const { ask } = setUp();
  assert.equal(
    statusOf(await ask(`GET /v1/invitation HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(5_000)}\r\n\r\n`)),
    431,
  );
});

test('one source has few connections at once, and all have few', async () => {
  const { channel } = setUp();
  const open = async (source: string) => {
    const [client, server] = await socketPair();
    client.on('error', () => {});
    channel.serve(server, { ip: source, source });
    return server;
  };
  const mine = await Promise.all(Array.from({ length: mostStrangers.ofSource + 3 }, () => open('a')));
  assert.equal(mine.filter(({ destroyed }) => !destroyed).length, mostStrangers.ofSource);
  for (let at = 0; at < 40; at += 1) await open(`other ${at}`);
  assert.equal(channel.size, mostStrangers.all);
  for (const socket of mine) socket.destroy();
  await eventually(() => channel.size === mostStrangers.all - mostStrangers.ofSource);
});

test('a stranger that says nothing, says it slowly, or does not read is cut in the end', async () => {
  const clock = fakeClock();
  const { channel, visit } = setUp({ clock });
  const [client, server] = await visit();
  client.write('POST /v1/invitation HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{');
  await clock.advance(longestVisit - 1);
  assert.equal(server.destroyed, false);
  await clock.advance(1);
  assert.equal(server.destroyed, true);
  await eventually(() => channel.size === 0);
});
