import { X509Certificate } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import {
  connect as connectTls,
  type DetailedPeerCertificate,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import type { Clock } from '../../runtime/clock.js';
import { identify, type Trust } from '../../pki/verify.js';
import { dialable } from '../../net/target.js';
import type { Resolver } from '../../net/resolve.js';
import { chainOf } from '../../pki/chain.js';
import type { Address } from '../../net/address.js';
import { connect, settled } from './connect.js';

/** The parts of a peer that dialling needs. */
export interface Destination {
  readonly link: string;
  readonly addresses: readonly Address[];
  /** The peer has published its addresses: the IPs that they lead to are checked. */
  readonly published?: true;
  readonly context: SecureContext;
  /** The trust for this peer alone. */
  readonly trust: Trust;
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
  const socket = connectTls({
    socket: below,
    servername,
    secureContext: callee.context,
    rejectUnauthorized: true,
    checkServerIdentity: (name, certificate) =>
      notThePeer(name, certificate as DetailedPeerCertificate, { ...callee, now: new Date(clock.now()) }),
  });
  socket.on('error', () => {});
  const what = `the TLS handshake with ${ip} port ${port}`;
  await settled(socket, { clock, timeout: handshakeTimeout, ready: 'secureConnect', what }, signal);
  return { socket, below };
}

/**
 * The name must be one of the certificate's DNS names, which node:tls does not require if there is only a common
 * name. A name alone proves little, so the certificate must also have the peer's SPIFFE ID under the peer's own CA.
 */
function notThePeer(
  name: string,
  certificate: DetailedPeerCertificate,
  { trust, link, now }: Destination & { now: Date },
): Error | undefined {
  const named = new X509Certificate(certificate.raw).checkHost(name, { subject: 'never' });
  const found =
    named === undefined ? { refusal: 'another name' } : identify(chainOf(certificate), trust, now);
  return 'refusal' in found
    ? new Error(`the certificate is not that of link ${link}: ${found.refusal}`)
    : undefined;
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
