import { createServer, type Server, type Socket } from 'node:net';
import { differing, ImmutableMap } from '../../runtime/immutable.js';
import { type NotInForce, portRefused } from '../outcome.js';
import { socketOptions } from '../tcp/connect.js';
import { listening } from '../tcp/listening.js';

/** One listener per port; unchanged ones are left alone. */
export interface Listeners {
  /** Listens on exactly the ports that are keys; resolves with the ports that were not available. */
  set(ports: ReadonlyMap<number, unknown>): Promise<readonly NotInForce[]>;
}

/** Listens on nothing yet. Sockets that were accepted live on when their port is no longer listened on. */
export function createListeners(
  host: string | undefined,
  accept: (port: number, socket: Socket) => void,
): Listeners {
  const servers = new Map<number, Server>();
  let last: ReadonlyMap<number, unknown> = ImmutableMap.of<number, unknown>();
  /** Ports that were not available. */
  let failed: readonly number[] = [];

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
      const changed = new Set([...failed, ...differing(last, ports)]);
      last = ports;
      for (const port of changed) {
        if (ports.has(port)) continue;
        servers.get(port)?.close();
        servers.delete(port);
      }
      const missing = [...changed].filter((port) => ports.has(port) && !servers.has(port));
      const outcomes = await Promise.all(
        missing.map((port) =>
          open(port).then(
            () => [],
            ({ message }: Error) => [portRefused(port, message)],
          ),
        ),
      );
      failed = missing.filter((_, at) => outcomes[at]!.length > 0);
      return outcomes.flat();
    },
  };
}
