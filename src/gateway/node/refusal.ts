import type { TLSSocket } from 'node:tls';
import type { IdentityRefusal } from '../mtls/verify.js';

/**
 * Why a gateway did not carry a connection; the label of the counter.
 *
 * From TLS: `NoCertificate` none was shown; `Untrusted` not under any peer's CA; `Expired` (or not valid yet); `Protocol`
 * not TLS 1.3; `Timeout` the handshake was not ended in time; `Aborted` the other side left before it was ended, as
 * health checks of load balancers do; `Handshake` anything else.
 * From the certificate: `NoIdentity` not exactly one URI; `UnknownPeer` a URI that no peer has; `WrongIssuer` a peer's
 * URI under a CA that is not that peer's.
 * From the server name: `NoServerName`; `UnknownServerName` nothing of that name is exported to anybody; `NotAllowed`
 * it is, but not to this peer.
 * Ingress, behind: `TargetRefused`, `TargetUnreachable`. Egress: `NoPeer` the route's link has no settled peer;
 * `NoAddress` its peer has none; `PeerUnreachable` none of them could be dialled.
 */
export type Refusal =
  | IdentityRefusal
  | 'Untrusted'
  | 'Expired'
  | 'Protocol'
  | 'Timeout'
  | 'Aborted'
  | 'Handshake'
  | 'NoServerName'
  | 'UnknownServerName'
  | 'NotAllowed'
  | 'TargetRefused'
  | 'TargetUnreachable'
  | 'NoPeer'
  | 'NoAddress'
  | 'PeerUnreachable';

/** What a gateway counts. */
export interface GatewayEvents {
  /** The link is known only once the other side's identity is. */
  refused(reason: Refusal, link?: string): void;
  opened(link: string): void;
  /** Bytes on the side without TLS: `sent` towards the peer, `received` from it. */
  closed(link: string, bytes: { readonly sent: number; readonly received: number }): void;
}

/** Counts nothing. */
export const uncounted: GatewayEvents = { refused: () => {}, opened: () => {}, closed: () => {} };

const byCode: Readonly<Record<string, Refusal>> = {
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'Protocol',
  ERR_SSL_WRONG_VERSION_NUMBER: 'Protocol',
  ERR_SSL_HTTP_REQUEST: 'Protocol',
  ERR_TLS_HANDSHAKE_TIMEOUT: 'Timeout',
  ECONNRESET: 'Aborted',
  EPIPE: 'Aborted',
};

/** The reason that a failed handshake on the accepting side stands for. */
export function refusalOf(error: Error): Refusal {
  return byCode['code' in error ? String(error.code) : ''] ?? 'Handshake';
}

/** The reason for which the chain of a client stands under no trusted CA. */
export function verifyRefusal(socket: TLSSocket): Refusal {
  if (socket.getPeerX509Certificate() === undefined) return 'NoCertificate';
  // Declared as an Error, but in truth the code of OpenSSL's verification.
  const code = String(socket.authorizationError);
  return code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID' ? 'Expired' : 'Untrusted';
}
