import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** One side of a carried connection. */
export interface End {
  /** Must allow half-open. */
  readonly stream: Socket;
  /** Ends it with a TCP reset, so that the other side does not take a failure for the end of the data. */
  reset(): void;
}

/** A connection without TLS. */
export function plainEnd(socket: Socket): End {
  return { stream: socket, reset: () => resetSocket(socket, socket) };
}

/** A TLS connection and the socket below it, which alone can be reset. */
export function tlsEnd(socket: TLSSocket, below: Socket | undefined): End {
  return {
    stream: socket,
    // The TLS socket closes with the one below. To destroy it as well, from within one of its own events, crashes Node 24.
    reset: () => (below ? resetSocket(below, socket) : void socket.destroy()),
  };
}

/**
 * Carries bytes both ways. The end of one direction is passed on while the other one goes on for any time (RFC 9293
 * section 3.6); a failure of one side resets the other. Slow readers slow the sender down. Resolves when both sides
 * are closed; never rejects.
 */
export async function splice(a: End, b: End): Promise<void> {
  await Promise.all([carry(a, b), carry(b, a)]);
}

function carry(from: End, to: End): Promise<void> {
  return new Promise((resolve) => {
    const { stream } = from;
    const closed = () => {
      if (!endedWell(stream)) to.reset();
      resolve();
    };
    stream.on('error', () => to.reset());
    if (stream.closed) return closed();
    stream.once('close', closed);
    stream.pipe(to.stream);
  });
}

/** Both senders have ended their direction, and all data was delivered. */
function endedWell(stream: Socket): boolean {
  return stream.errored === null && stream.readableEnded && stream.writableFinished;
}

/**
 * libuv cannot reset a socket whose shutdown is under way (uv_tcp_close_reset, EINVAL), and Node 24 then never closes
 * it. All data has been sent by then, so an orderly end is correct.
 */
function resetSocket(socket: Socket, { writableEnded, writableFinished, writableLength }: Socket): void {
  if (socket.destroyed) return;
  const isShuttingDown = writableEnded && !writableFinished && writableLength === 0;
  if (isShuttingDown) socket.destroy();
  else socket.resetAndDestroy();
}
