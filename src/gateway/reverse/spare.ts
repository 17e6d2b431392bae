import type { Socket } from 'node:net';
import { encodePreface, taken } from '../../protocol/dialpreface.js';
import type { Clock } from '../../runtime/clock.js';
import { connect } from '../tcp/connect.js';

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
const keepAlive = 20_000;

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
  const first = await firstBytes(socket, { clock, timeout, most: 1 }, signal);
  if (first?.[0] === taken) return socket;
  socket.destroy();
  return undefined;
}

/** Waits for the first byte of a client; leaves it unread. False: the spare has ended. */
export async function whenUsed(socket: Socket, clock: Clock, signal: AbortSignal): Promise<boolean> {
  const used = await firstBytes(socket, { clock, timeout: Infinity, most: 0 }, signal).catch(() => undefined);
  return used !== undefined && !socket.destroyed;
}

/** The next bytes, at most so many, as soon as there are any; undefined when the connection ends before. */
function firstBytes(
  socket: Socket,
  { clock, timeout, most }: { readonly clock: Clock; readonly timeout: number; readonly most: number },
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const settle = (then: () => void) => {
      cancel();
      signal.removeEventListener('abort', abort);
      socket.off('readable', look).off('end', gone).off('close', gone);
      then();
    };
    const look = () => {
      if (socket.readableLength === 0) return void socket.read(0);
      const bytes = most === 0 ? Buffer.alloc(0) : (socket.read(most) as Buffer);
      settle(() => resolve(bytes));
    };
    const gone = () => {
      settle(() => resolve(undefined));
      socket.destroy();
    };
    const fail = (error: Error) => {
      settle(() => reject(error));
      socket.destroy();
    };
    const abort = () => fail(signal.reason as Error);
    const late = () => fail(new Error(`no answer within ${timeout} ms`));
    const cancel = timeout === Infinity ? () => {} : clock.after(timeout, late);
    socket.on('readable', look).once('end', gone).once('close', gone);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    else if (socket.destroyed || socket.readableEnded) gone();
    else if (socket.readableLength > 0) look();
  });
}
