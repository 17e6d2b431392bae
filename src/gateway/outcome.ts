import type { Address } from '../net/address.js';
import type { BundleError } from '../pki/bundle.js';

/** A part of a desired state, and what goes on while it is not in force. */
export type Part =
  /** A peer: nothing is carried to it, or let in from it. */
  | { readonly kind: 'link'; readonly link: string }
  /** The CAs of a peer: those that were in force before are trusted still, if there were any. */
  | { readonly kind: 'bundle'; readonly link: string }
  /** One address of a peer: its others are called. */
  | { readonly kind: 'address'; readonly link: string; readonly address: Address }
  /** Egress: a route's port. */
  | { readonly kind: 'port'; readonly port: number }
  /** Ingress: an exported port, which nobody reaches. */
  | { readonly kind: 'export'; readonly serviceId: string }
  /** Our own certificate: the one before is shown still. */
  | { readonly kind: 'certificate' };

/** Why a part of a desired state is not in force; a label of the metric, so that there are few. */
export const notInForceReasons = [
  /** The bundle of a peer cannot be read, or holds what is no usable CA. */
  'BundleInvalid',
  /** The bundle of a peer holds a CA that could be taken for one of another peer's. */
  'BundleContested',
  /** The names of a peer's CAs are too long to be told to clients beside those of others. */
  'BundleTooLong',
  /** Two links stand for one peer, so that neither can be told to be calling. */
  'PeerDuplicate',
  /** A peer has no address that can be dialled. */
  'NoAddress',
  /** A host name has no IP, or an address is one that is not dialled. */
  'AddressUnusable',
  /** A port cannot be listened on, mostly since another process does. */
  'PortUnavailable',
  /** The implementation does not carry exports of this protocol. */
  'ProtocolUnsupported',
  /** Our own certificate and key cannot be used. */
  'CertificateUnusable',
  /** It takes a reload, which has to wait for connections of before the last ones. */
  'ReloadPending',
  /** It takes a reload, and the last one was refused. */
  'ReloadRefused',
] as const;

/** One of {@link notInForceReasons}. */
export type NotInForceReason = (typeof notInForceReasons)[number];

/** A part of a desired state that is not in force, and why. */
export type NotInForce = Part & {
  readonly reason: NotInForceReason;
  /** One sentence that names the part. */
  readonly message: string;
};

/** A peer that is left out since its bundle cannot be used. */
export function bundleRefused(link: string, { fault, message }: BundleError): NotInForce {
  const reason = fault === 'Contested' ? 'BundleContested' : 'BundleInvalid';
  return { kind: 'link', link, reason, message: `link ${link}: ${message}` };
}

/** A peer that cannot be called since it is nowhere. */
export function nowhereToDial(link: string): NotInForce {
  const message = `link ${link}: its peer has no address that can be dialled`;
  return { kind: 'link', link, reason: 'NoAddress', message };
}

/** A port that cannot be listened on. */
export function portRefused(port: number, message = unlistenable(port)): NotInForce {
  return { kind: 'port', port, reason: 'PortUnavailable', message };
}

/** The sentence for a port that cannot be listened on. */
export function unlistenable(port: number, why = 'another process listens there'): string {
  return `port ${port} cannot be listened on: ${why}`;
}

/** Whether two outcomes name the same parts for the same reasons, whatever their sentences say. */
export function isSameOutcome(one: readonly NotInForce[], other: readonly NotInForce[]): boolean {
  const keysOf = (parts: readonly NotInForce[]) => parts.map(keyOf).sort().join('\n');
  return one === other || (one.length === other.length && keysOf(one) === keysOf(other));
}

function keyOf({ message: _, ...part }: NotInForce): string {
  return JSON.stringify(part);
}
