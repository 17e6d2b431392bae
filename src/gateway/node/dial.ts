import { isIP, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../../runtime/clock.js';
import { dialable } from '../../net/target.js';
import type { Resolver } from '../../net/resolve.js';
import type { Address } from '../../net/address.js';
import { connect } from '../tcp/connect.js';
import { secure, type Callee } from '../tcp/secure.js';

/** The parts of a peer that dialling needs. */
export interface Destination extends Callee {
  readonly addresses: readonly Address[];
  /** The peer has published its addresses: the IPs that they lead to are checked. */
  readonly published?: true;
}

/** How dialling is done; times in milliseconds. */
export interface DialOptions {
  readonly clock: Clock;
  readonly resolver: Resolver;
  readonly random: () => number;
  /** Addresses that answered the last probe; hosts as the peer names them, or the IPs behind them. */
  readonly answering: (link: string) => readonly Address[];
  readonly connectTimeout: number;
  readonly handshakeTimeout: number;
}

/** A connection to a peer's ingress gateway whose identity was checked. */
export interface Dialled {
  readonly socket: TLSSocket;
  readonly below: Socket;
}

/**
 * Dials a peer under a server name: one address after the other until one takes the connection.
 *
 * @throws AggregateError with the failure of every address, or the signal's reason.
 */
export async function dial(
  { callee, servername }: { callee: Destination; servername: string },
  options: DialOptions,
  signal: AbortSignal,
): Promise<Dialled> {
  const errors: unknown[] = [];
  const answering = options.answering(callee.link);
  for (const { host, port } of inOrder(callee.addresses, answering, options.random)) {
    try {
      const found = isIP(host) ? [host] : await options.resolver.resolve(host);
      const ips = dialable(host, found, callee.published);
      const endpoints = ips.map((ip) => ({ host: ip, port }));
      for (const { host: ip } of inOrder(endpoints, answering, options.random)) {
        try {
          return await dialOne({ ip, port, servername, callee }, options, signal);
        } catch (error) {
          errors.push(error);
        }
        signal.throwIfAborted();
      }
    } catch (error) {
      signal.throwIfAborted();
      errors.push(error);
    }
  }
  throw new AggregateError(errors, `no address of link ${callee.link} could be dialled`);
}

async function dialOne(
  { ip, port, servername, callee }: { ip: string; port: number; servername: string; callee: Destination },
  { clock, connectTimeout, handshakeTimeout }: DialOptions,
  signal: AbortSignal,
): Promise<Dialled> {
  const below = await connect({ ip, port }, { clock, timeout: connectTimeout }, signal);
  const what = `the TLS handshake with ${ip} port ${port}`;
  const socket = await secure(below, { clock, timeout: handshakeTimeout, what, servername, callee }, signal);
  return { socket, below };
}

/**
 * The order in which addresses are tried: those that answered the last probe first, each group shuffled so that new
 * connections spread.
 *
 * @param random 0 up to, but not 1
 */
export function inOrder<A extends Address>(
  addresses: readonly A[],
  answering: readonly Address[],
  random: () => number,
): A[] {
  const good = new Set(answering.map(keyOf));
  const shuffled = shuffle(addresses, random);
  return [
    ...shuffled.filter((address) => good.has(keyOf(address))),
    ...shuffled.filter((address) => !good.has(keyOf(address))),
  ];
}

function keyOf({ host, port }: Address): string {
  return `${host} ${port}`;
}

/** Fisher and Yates. */
function shuffle<T>(list: readonly T[], random: () => number): T[] {
  const result = [...list];
  for (let end = result.length - 1; end > 0; end--) {
    const pick = Math.floor(random() * (end + 1));
    [result[end], result[pick]] = [result[pick]!, result[end]!];
  }
  return result;
}
