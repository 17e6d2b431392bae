import assert from 'node:assert/strict';
import { connect } from 'node:tls';
import { ownNames } from '../../../src/api/names.js';
import { peerChannelName } from '../../../src/protocol/serviceid.js';
import type { KeyPair } from '../../../src/pki/keypair.js';
import { leafOf } from '../../driver/cluster.js';
import { ask } from '../../driver/traffic.js';
import type { ServingDriver } from '../../driver/gateways.js';

/** How a certificate that Paris refuses, or no longer takes, ends. */
const notLetIn = /^Error: not let in: /;

/**
 * Comes in to Paris with a certificate, and asks on the peer channel; gives back every session that Paris handed out.
 *
 * @param session is offered, and must not be resumed, whether who comes is let in or not
 */
export async function enter(
  paris: ServingDriver,
  { cert, key }: KeyPair,
  session?: Buffer,
): Promise<readonly Buffer[]> {
  const { ca } = await leafOf(paris, ownNames.ingressTls);
  const servername = peerChannelName('paris');
  const socket = connect({
    host: paris.host,
    port: 4143,
    servername,
    cert,
    key,
    ca,
    ...(session && { session }),
  });
  const sessions: Buffer[] = [];
  let resumed = false;
  socket.on('session', (given: Buffer) => sessions.push(given));
  // known here alone: a socket that has been closed has forgotten
  socket.once('secureConnect', () => (resumed = socket.isSessionReused()));
  const request = `GET /v1/peer HTTP/1.1\r\nHost: ${servername}\r\n\r\n`;
  const answer = await ask(socket, request).catch((cause: unknown) => {
    assert.ok(!resumed, 'a session was resumed');
    // made here, so that it says where in the story it came about
    throw new Error(`not let in: ${(cause as Error).message}`, { cause });
  });
  assert.ok(!resumed, 'a session was resumed');
  assert.match(answer, /^HTTP\/1\.1 200 /);
  return sessions;
}

/** With none of these sessions, nor without, is a certificate let in. */
export async function refused(
  paris: ServingDriver,
  leaf: KeyPair,
  sessions: readonly Buffer[] = [],
): Promise<void> {
  for (const session of [undefined, ...sessions]) await assert.rejects(enter(paris, leaf, session), notLetIn);
}
