import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect as connectTcp } from 'node:net';
import { connect } from 'node:tls';
import { fileNames } from '../../../src/gateway/haproxy/render/layout.js';
import { ask } from '../../../src/gateway/haproxy/runtime.js';
import { readAges } from '../../../src/gateway/haproxy/sessions.js';
import { inviteName } from '../../../src/protocol/invitation.js';
import { longestVisit, mostStrangers, type Inviter } from '../../../src/protocol/invitationchannel.js';
import { eventually } from '../../driver/eventually.js';
import { ending } from '../client.js';
import { startHaproxyPair, type HaproxyPair } from './haproxypair.js';

const inviter: Inviter = {
  facts: () => ({ cluster: 'paris', caBundle: 'PEM' }),
  mayAsk: () => false,
  take: () => assert.fail('nothing of a request is read'),
};

/** A stranger that is answered, and then neither reads nor leaves: its side of TCP stays open. */
async function stay({ ingressPort }: HaproxyPair) {
  const below = connectTcp({ port: ingressPort, host: '127.0.0.1', allowHalfOpen: true });
  const socket = connect({ socket: below, servername: inviteName('paris'), rejectUnauthorized: false });
  for (const one of [below, socket]) one.on('error', () => {});
  await once(socket, 'secureConnect');
  socket.write('GET /v1/invitation HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(socket, 'readable');
  below.pause();
  return below;
}

/** How another connection ends that says nothing. */
function another({ ingressPort }: HaproxyPair): Promise<string> {
  const host = { port: ingressPort, host: '127.0.0.1' };
  return ending(connect({ ...host, servername: inviteName('paris'), rejectUnauthorized: false }));
}

/** Sessions of strangers in HAProxy. */
async function sessionsOf({ directories }: HaproxyPair): Promise<number> {
  return readAges(await ask(join(directories.ingress, fileNames.admin), 'show sess'), 'strangers').length;
}

test('a stranger that does not leave is cut in the end', async () => {
  await using pair = await startHaproxyPair({ ingress: { inviter } });
  await pair.tellParis({ invites: true });
  const held = await Promise.all(Array.from({ length: mostStrangers.ofSource }, () => stay(pair)));
  const isAnswered = async () => assert.equal(await sessionsOf(pair), held.length);
  await eventually(isAnswered);
  assert.equal(await another(pair), 'ECONNRESET', 'one address has no more');
  assert.equal(await sessionsOf(pair), held.length);
  // HAProxy itself would wait for a day
  await eventually(async () => assert.equal(await sessionsOf(pair), 0), 4 * longestVisit);
  for (const socket of held) socket.destroy();
});
