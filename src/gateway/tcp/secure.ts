import { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import {
  connect as connectTls,
  type DetailedPeerCertificate,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import { chainOf } from '../../pki/chain.js';
import { identify, type Trust } from '../../pki/verify.js';
import { settled, type Timing } from './connect.js';

/** The parts of a peer that a handshake with its ingress gateway needs. */
export interface Callee {
  readonly link: string;
  readonly context: SecureContext;
  /** The trust for this peer alone. */
  readonly trust: Trust;
}

/** How a handshake is done. */
export interface SecureOptions extends Timing {
  readonly callee: Callee;
  readonly servername: string;
  /** Names the handshake in errors. */
  readonly what: string;
}

/**
 * The wire contract's handshake as its client, over a TCP connection, whoever has opened that.
 *
 * @throws when it fails, takes too long or shows another identity, or the signal's reason; the connection is closed then
 */
export function secure(
  below: Socket,
  { clock, timeout, callee, servername, what }: SecureOptions,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const socket = connectTls({
    socket: below,
    servername,
    secureContext: callee.context,
    rejectUnauthorized: true,
    checkServerIdentity: (name, certificate) =>
      notThePeer(name, certificate as DetailedPeerCertificate, { ...callee, now: new Date(clock.now()) }),
  });
  socket.on('error', () => {});
  return settled(socket, { clock, timeout, ready: 'secureConnect', what }, signal);
}

/**
 * The name must be one of the certificate's DNS names, which node:tls does not require if there is only a common
 * name. A name alone proves little, so the certificate must also have the peer's SPIFFE ID under the peer's own CA.
 */
function notThePeer(
  name: string,
  certificate: DetailedPeerCertificate,
  { trust, link, now }: Callee & { now: Date },
): Error | undefined {
  const named = new X509Certificate(certificate.raw).checkHost(name, { subject: 'never' });
  const found =
    named === undefined ? { refusal: 'another name' } : identify(chainOf(certificate), trust, now);
  return 'refusal' in found
    ? new Error(`the certificate is not that of link ${link}: ${found.refusal}`)
    : undefined;
}
