import { connect as connectTcp, type Socket } from 'node:net';
import type { Clock } from '../../runtime/clock.js';

/** Milliseconds of silence after which TCP asks whether the other side is still there. */
export const keepAliveDelay = 30_000;

/** Settings of every socket that carries traffic. */
export const socketOptions = {
  allowHalfOpen: true,
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: keepAliveDelay,
} as const;

/** How long things may take, in milliseconds. */
export interface Timing {
  readonly clock: Clock;
  readonly timeout: number;
}

/** The operation took too long. */
export class ConnectTimeoutError extends Error {
  readonly code = 'ETIMEDOUT';
  override readonly name = 'ConnectTimeoutError';
}

/** Where a connection goes, and from which of this host's addresses. */
export interface Way {
  readonly ip: string;
  readonly port: number;
  /** @default the system chooses */
  readonly localAddress?: string;
}

/**
 * Opens a TCP connection to an IP.
 *
 * @throws what node:net reports, {@link ConnectTimeoutError}, or the signal's reason.
 */
export function connect(to: Way, timing: Timing, signal: AbortSignal): Promise<Socket> {
  const { ip, port, localAddress } = to;
  const socket = connectTcp({
    ...{ host: ip, port, ...socketOptions },
    ...(localAddress !== undefined && { localAddress }),
  });
  // the next user of the socket learns of errors by its close
  socket.on('error', () => {});
  return settled(socket, { ...timing, ready: 'connect', what: `connecting to ${ip} port ${port}` }, signal);
}

/** Resolves with the socket once it emits `ready`; destroys it when it fails, is too slow, or is no longer wanted. */
export function settled<S extends Socket>(
  socket: S,
  { clock, timeout, ready, what }: Timing & { ready: string; what: string },
  signal: AbortSignal,
): Promise<S> {
  return new Promise((resolve, reject) => {
    const stop = clock.after(timeout, () =>
      fail(new ConnectTimeoutError(`${what} took longer than ${timeout} ms`)),
    );
    const abort = () => fail(signal.reason as Error);
    const closed = () => fail(new Error(`${what} failed: closed by the other side`));
    const finish = () => {
      stop();
      signal.removeEventListener('abort', abort);
      socket.off('error', fail).off('close', closed).off(ready, done);
    };
    const done = () => {
      finish();
      resolve(socket);
    };
    const fail = (error: Error) => {
      finish();
      socket.destroy();
      reject(error);
    };
    socket.once(ready, done).once('error', fail).once('close', closed);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
  });
}
