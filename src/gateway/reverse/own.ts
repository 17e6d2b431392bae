import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { isInside, type Cidr } from '../../net/cidr.js';
import type { Clock } from '../../runtime/clock.js';
import { connect } from '../tcp/connect.js';

/** Where our own ingress gateway listens, as this process reaches it. */
export interface OwnIngress {
  readonly host: string;
  readonly port: number;
  /** Networks whose connections begin with a PROXY protocol header. */
  readonly proxies: readonly Cidr[];
}

/** Milliseconds in which our own gateway must take a connection. */
const timeout = 2_000;

/**
 * The loopback address from which connections for a link come. Each link has its own: our gateway gives one address only a
 * part of its handshakes, and one peer must not take those of another.
 */
export function sourceFor(link: string): string {
  const [a = 0, b = 0, c = 0] = createHash('sha256').update(link).digest();
  return `127.${a}.${b}.${Math.max(2, c % 255)}`;
}

/** Connects to our own ingress gateway on behalf of a link's peer. @throws when it does not take the connection */
export async function connectOwn(
  { host, port, proxies }: OwnIngress,
  { link, clock }: { readonly link: string; readonly clock: Clock },
  signal: AbortSignal,
): Promise<Socket> {
  const isLoopback = host.startsWith('127.');
  const source = isLoopback ? sourceFor(link) : undefined;
  const way = { ip: host, port, ...(source !== undefined && { localAddress: source }) };
  const socket = await connect(way, { clock, timeout }, signal);
  // the certificate says who calls, so the header need not name an address
  if (isInside(proxies)(socket.localAddress ?? '')) socket.write('PROXY UNKNOWN\r\n');
  return socket;
}
