import { createServer, type AddressInfo } from 'node:net';
import type { Clock } from '../../runtime/clock.js';
import type { Log } from '../../runtime/log.js';
import { socketOptions } from '../tcp/connect.js';
import { listening } from '../tcp/listening.js';
import { plainEnd, type End } from '../tcp/splice.js';
import type { Joining } from './joining.js';
import type { Pool } from './pool.js';
import { reach } from './reach.js';

/** A port of this host's loopback that leads to a peer which has dialled in. */
export interface Loopback {
  readonly port: number;
  close(): void;
}

/** Where connections of a link go. */
export interface CarryOptions {
  readonly link: string;
  readonly pool: Pool;
  readonly joining: Joining;
  readonly clock: Clock;
}

/** The IP of every loopback port. TCP, since unix sockets cannot pass on a reset. */
export const loopbackHost = '127.0.0.1';

/** Opens a port of which each connection takes a spare. Who reaches nobody over one is reset. */
export async function openLoopback(options: CarryOptions & { readonly log: Log }): Promise<Loopback> {
  const { link, log } = options;
  const server = createServer(socketOptions, (socket) => {
    socket.on('error', () => {});
    carry(plainEnd(socket), options).catch((error: unknown) => {
      log.debug('no connection of a peer could be had', { link, error });
    });
  });
  await listening(server, 0, loopbackHost);
  return { port: (server.address() as AddressInfo).port, close: () => void server.close() };
}

/**
 * Joins a connection to one that the peer has dialled. Ends it with a reset when there is none.
 *
 * @throws when the peer is not reached; not when the client leaves
 */
export async function carry(near: End, { link, pool, joining, clock }: CarryOptions): Promise<void> {
  const { stream } = near;
  // before a spare is used up
  const place = joining.enter(link);
  if (place === undefined) {
    near.reset();
    throw new Error(`link ${link} has as many connections as it may have`);
  }
  const gone = new AbortController();
  const leave = () => gone.abort(new Error('the client left'));
  stream.once('close', leave);
  try {
    const spare = await reach(stream, pool, { clock }, gone.signal);
    stream.off('close', leave);
    await place.join(near, plainEnd(spare));
  } catch (error) {
    near.reset();
    if (!gone.signal.aborted) throw error;
  } finally {
    place.leave();
  }
}
