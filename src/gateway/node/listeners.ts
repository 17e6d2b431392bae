import { createServer, type Server, type Socket } from 'node:net';
import { socketOptions } from './connect.js';

/** One listener per port; only what changes is touched. */
export interface Listeners {
  /** Listens on exactly these ports; resolves when it does, with what could not be had. */
  set(ports: ReadonlySet<number>): Promise<ReadonlyMap<number, Error>>;
  /** Ports that are listened on. */
  has(port: number): boolean;
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
      const failed = new Map<number, Error>();
      const missing = [...ports].filter((port) => !servers.has(port));
      await Promise.all(
        missing.map((port) => open(port).catch((error: Error) => void failed.set(port, error))),
      );
      return failed;
    },
    has: (port) => servers.get(port)?.listening === true,
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
      const why = cause.code === 'EADDRINUSE' ? 'another process listens there' : cause.message;
      reject(new Error(`port ${port} cannot be listened on: ${why}`, { cause }));
    };
    server.once('error', fail);
    server.listen({ port, ...(host !== undefined && { host }) }, () => {
      server.off('error', fail);
      // Running out of file descriptors in accept() must not take the process with it.
      server.on('error', () => {});
      resolve();
    });
  });
}
