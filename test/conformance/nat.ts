import { connect, createServer, type Socket } from 'node:net';

/** Passes connections on, until it forgets them. */
export interface Nat {
  /** Connections that it has passed on so far. */
  count(): number;
  /** From now on nothing passes over the connections that there are, and neither side is told. @param but so many that came first */
  forget(but?: number): void;
  /** Resets all connections that there are. */
  reset(): void;
  close(): void;
}

/** Starts one, on a port of a host, in front of another. */
export async function startNat(host: string, port: number, to: number): Promise<Nat> {
  let pairs = new Set<readonly [Socket, Socket]>();
  const all = new Set<Socket>();
  let count = 0;
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    count++;
    const far = connect({ host, port: to, allowHalfOpen: true, noDelay: true });
    const pair = [near, far] as const;
    pairs.add(pair);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      all.add(socket);
      socket.on('error', () => pairs.has(pair) && void other.resetAndDestroy());
      socket.on('close', () => {
        all.delete(socket);
        if (!socket.readableEnded && pairs.has(pair)) other.destroy();
      });
      socket.pipe(other);
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, 2_048, resolve);
  });
  return {
    count: () => count,
    forget(but = 0) {
      const forgotten = [...pairs].slice(but);
      pairs = new Set([...pairs].slice(0, but));
      for (const [near, far] of forgotten) {
        near.unpipe(far);
        far.unpipe(near);
        near.pause();
        far.pause();
      }
    },
    reset() {
      for (const socket of all) socket.resetAndDestroy();
    },
    close() {
      server.close();
      for (const socket of all) socket.destroy();
    },
  };
}
