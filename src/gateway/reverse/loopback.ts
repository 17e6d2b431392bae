import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { Log } from '../../runtime/log.js';
import { socketOptions } from '../tcp/connect.js';
import { listening } from '../tcp/listening.js';
import type { Joining } from './joining.js';
import type { Pool } from './pool.js';

/** A port of this host's loopback that leads to a peer which has dialled in. */
export interface Loopback {
  readonly port: number;
  close(): void;
}

/** Where the loopback port of a link leads. */
export interface LoopbackOptions {
  readonly link: string;
  readonly pool: Pool;
  readonly joining: Joining;
  readonly log: Log;
}

/** The IP of every loopback port. TCP, since unix sockets cannot pass on a reset. */
export const loopbackHost = '127.0.0.1';

/** Opens a port of which each connection takes a spare. Who finds none in time is reset. */
export async function openLoopback(options: LoopbackOptions): Promise<Loopback> {
  const server = createServer(socketOptions, (socket) => void carry(socket, options));
  await listening(server, 0, loopbackHost);
  return { port: (server.address() as AddressInfo).port, close: () => void server.close() };
}

async function carry(near: Socket, { link, pool, joining, log }: LoopbackOptions): Promise<void> {
  near.on('error', () => {});
  const gone = new AbortController();
  const leave = () => gone.abort(new Error('the client left'));
  near.once('close', leave);
  try {
    const spare = await pool.take(gone.signal);
    near.off('close', leave);
    await joining.join(link, near, spare);
  } catch (error) {
    if (!near.destroyed) near.resetAndDestroy();
    if (!gone.signal.aborted) log.debug('no connection of a peer could be had', { link, error });
  }
}
