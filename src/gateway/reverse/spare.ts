import type { Socket } from 'node:net';
import { encodePreface, taken } from '../../protocol/dialpreface.js';
import type { Clock } from '../../runtime/clock.js';
import { connect } from '../tcp/connect.js';
import { nextBytes } from './bytes.js';

/** How a spare is dialled. */
export interface SpareOptions {
  readonly clock: Clock;
  readonly ip: string;
  readonly port: number;
  readonly token: string;
  /** Milliseconds for the connection, and for the answer. */
  readonly timeout: number;
}

/** After this many milliseconds, TCP asks whether the other side of a silent spare is still there. */
export const keepAlive = 20_000;

/**
 * Dials a spare and waits until it is in the peer's pool.
 *
 * @returns undefined when the pod that was reached does not know the token: a load balancer has chosen another one
 * @throws when nobody answers, or the signal's reason
 */
export async function dialSpare(options: SpareOptions, signal: AbortSignal): Promise<Socket | undefined> {
  const { clock, ip, port, token, timeout } = options;
  const socket = await connect({ ip, port }, { clock, timeout }, signal);
  socket.setKeepAlive(true, keepAlive);
  socket.write(encodePreface({ kind: 'spare', token }));
  const first = await nextBytes(socket, { clock, timeout, most: 1 }, signal);
  if (first?.[0] === taken) return socket;
  socket.destroy();
  return undefined;
}

/** Waits for the first byte of a client; leaves it unread. False: the spare has ended. */
export async function whenUsed(socket: Socket, clock: Clock, signal: AbortSignal): Promise<boolean> {
  const used = await nextBytes(socket, { clock, most: 0 }, signal).catch(() => undefined);
  return used !== undefined && !socket.destroyed;
}
