import { connect, createServer, type Socket } from 'node:net';
import { plainEnd } from '../../src/gateway/tcp/splice.js';

/** Where a relay listens, and to. */
export interface RelayOptions {
  readonly host: string;
  readonly port: number;
  readonly to: { readonly host: string; readonly port: number };
  /** What is said to the other side before all else. */
  readonly header?: (client: Socket) => Buffer | string;
}

/** Passes connections on, as a layer 4 load balancer does. */
export interface Relay extends AsyncDisposable {
  /** Connections taken so far. */
  count(): number;
}

/** Starts one. */
export async function startRelay({ host, port, to, header }: RelayOptions): Promise<Relay> {
  const open = new Set<Socket>();
  let count = 0;
  const server = createServer({ allowHalfOpen: true }, (near) => {
    count++;
    const far = connect({ ...to, allowHalfOpen: true });
    if (header) far.write(header(near));
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(socket);
      socket.on('error', () => plainEnd(other).reset());
      socket.on('close', () => open.delete(socket));
      socket.pipe(other);
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    count: () => count,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
