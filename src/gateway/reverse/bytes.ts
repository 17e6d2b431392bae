import type { Socket } from 'node:net';
import type { Clock } from '../../runtime/clock.js';

/** What is waited for. */
export interface Awaited {
  readonly clock: Clock;
  /** Milliseconds. @default any time */
  readonly timeout?: number;
  /** Bytes that are taken from the connection; the rest stays unread. */
  readonly most: number;
}

/**
 * Waits for the next bytes of a connection and takes some of them. Undefined: the connection ended before.
 *
 * @throws when none come in time, or the signal's reason; the connection is closed then
 */
export function nextBytes(
  socket: Socket,
  { clock, timeout, most }: Awaited,
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
    const cancel = timeout === undefined ? () => {} : clock.after(timeout, late);
    socket.on('readable', look).once('end', gone).once('close', gone);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    else if (socket.destroyed || socket.readableEnded) gone();
    else if (socket.readableLength > 0) look();
  });
}
