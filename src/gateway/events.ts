import type { IdentityRefusal } from '../pki/verify.js';

/**
 * Reasons why a gateway did not carry a connection; the label of the counter.
 *
 * Before the handshake:
 * - `TooManyHandshakes`: too many are under way, from one address or in all.
 * - `Proxy`: the PROXY protocol header is missing that every connection from that network must begin with.
 *
 * In the handshake:
 * - `NoCertificate`: the client showed none.
 * - `Untrusted`: the certificate is not under any peer's CA.
 * - `Expired`: the certificate has expired, or is not valid yet.
 * - `Protocol`: not TLS 1.3.
 * - `Timeout`: the handshake took too long.
 * - `Aborted`: the other side left before the end, as health checks of load balancers do.
 * - `Handshake`: anything else.
 *
 * By the certificate:
 * - `NoIdentity`: not exactly one URI.
 * - `UnknownPeer`: a URI that no peer has.
 * - `WrongIssuer`: a peer's URI under a CA that is not that peer's.
 *
 * By the server name:
 * - `NoServerName`: none was sent.
 * - `UnknownServerName`: nothing of that name is exported to anybody.
 * - `NotAllowed`: it is exported, but not to this peer.
 * - `TooMany`: too many connections or requests at once, of the link, to the export, or in all.
 *
 * Behind an ingress gateway: `TargetRefused`, `TargetUnreachable`.
 *
 * At an egress gateway:
 * - `NoPeer`: the route's link has no resolved peer.
 * - `NoAddress`: the peer has no address.
 * - `PeerUnreachable`: no address of the peer could be dialled.
 * - `NoRequest`: a client of a pooled port did not begin its request in time.
 */
export type Refusal =
  | IdentityRefusal
  | 'Untrusted'
  | 'Expired'
  | 'Protocol'
  | 'Timeout'
  | 'Aborted'
  | 'Handshake'
  | 'Proxy'
  | 'NoServerName'
  | 'UnknownServerName'
  | 'NotAllowed'
  | 'TooMany'
  | 'TooManyHandshakes'
  | 'NoRequest'
  | 'TargetRefused'
  | 'TargetUnreachable'
  | 'NoPeer'
  | 'NoAddress'
  | 'PeerUnreachable';

/** The events that a gateway counts. */
export interface GatewayEvents {
  /** The link is known only when the other side's identity is. */
  refused(reason: Refusal, link?: string): void;
  opened(link: string): void;
  closed(link: string): void;
  /** Bytes since the last call, on the side without TLS: `sent` towards the peer, `received` from it. */
  moved(link: string, bytes: { readonly sent: number; readonly received: number }): void;
  /** HAProxy: a new worker runs, also after the start. */
  reloaded?(): void;
  /** HAProxy: entries of a map in force; maps are `routes`, `callers` and the like. */
  entries?(map: string, count: number): void;
}

/** Counts nothing. */
export const uncounted: GatewayEvents = {
  refused: () => {},
  opened: () => {},
  closed: () => {},
  moved: () => {},
};
