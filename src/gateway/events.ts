import type { IdentityRefusal } from '../pki/verify.js';

/**
 * Why a gateway did not carry a connection; the label of the counter.
 *
 * From TLS: `NoCertificate` none was shown; `Untrusted` not under any peer's CA; `Expired` (or not valid yet); `Protocol`
 * not TLS 1.3; `Timeout` the handshake was not ended in time; `Aborted` the other side left before it was ended, as
 * health checks of load balancers do; `Proxy` no PROXY protocol header came from where every connection begins with one;
 * `Handshake` anything else.
 * From the certificate: `NoIdentity` not exactly one URI; `UnknownPeer` a URI that no peer has; `WrongIssuer` a peer's
 * URI under a CA that is not that peer's.
 * From the server name: `NoServerName`; `UnknownServerName` nothing of that name is exported to anybody; `NotAllowed`
 * it is, but not to this peer; `TooMany` connections of its link, or to what is exported, or of all, at once, or requests.
 * Before any of that: `TooManyHandshakes` under way, from one address or in all.
 * Ingress, behind: `TargetRefused`, `TargetUnreachable`. Egress: `NoPeer` the route's link has no settled peer;
 * `NoAddress` its peer has none; `PeerUnreachable` none of them could be dialled; `NoRequest` a client of a pooled port did
 * not begin its request in time.
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

/** What a gateway counts. */
export interface GatewayEvents {
  /** The link is known only once the other side's identity is. */
  refused(reason: Refusal, link?: string): void;
  opened(link: string): void;
  closed(link: string): void;
  /** Bytes have passed since this was told last, on the side without TLS: `sent` towards the peer, `received` from it. */
  moved(link: string, bytes: { readonly sent: number; readonly received: number }): void;
  /** HAProxy: a new worker has taken over, at the start too. */
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
