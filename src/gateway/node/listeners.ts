import { createServer, type Server, type Socket } from 'node:net';
import { type NotInForce, portRefused, unlistenable } from '../outcome.js';
import { socketOptions } from './connect.js';

/** One listener per port; unchanged ones are left alone. */
export interface Listeners {
  /** Listens on exactly these ports; resolves with the ports that were not available. */
  set(ports: ReadonlySet<number>): Promise<readonly NotInForce[]>;
}

/** Listens on nothing yet. Sockets that were accepted live on when their port is no longer listened on. */
export function createListeners(
  host: string | undefined,
  accept: (port: number, socket: Socket) => void,
): Listeners {
  const servers = new Map<number, Server>();

  async function open(port: number): Promise<void> {
    const server = createServer(socketOptions, (socket) => accept(port, socket));
    servers.set(port, server);
    try {
      await listening(server, port, host);
    } catch (error) {
      servers.delete(port);
      throw error;
    }
  }

  return {
    async set(ports) {
      for (const [port, server] of servers) {
        if (ports.has(port)) continue;
        servers.delete(port);
        server.close();
      }
      const missing = [...ports].filter((port) => !servers.has(port));
      const outcomes = await Promise.all(
        missing.map((port) =>
          open(port).then(
            () => [],
            ({ message }: Error) => [portRefused(port, message)],
          ),
        ),
      );
      return outcomes.flat();
    },
  };
}

/**
 * Resolves when the server listens.
 *
 * @throws an error that names the port, with the system's error as its cause.
 */
export function listening(server: Server, port: number, host: string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? undefined : cause.message;
      reject(new Error(unlistenable(port, why), { cause }));
    };
    server.once('error', fail);
    server.listen({ port, ...(host !== undefined && { host }) }, () => {
      server.off('error', fail);
      // running out of file descriptors in accept() must not end the process
      server.on('error', () => {});
      resolve();
    });
  });
}
