import type { Address } from '../net/address.js';
import type { BundleError } from '../pki/bundle.js';

/** The parts of a desired state, and what happens while one is not in force. */
export type PartKind =
  /** A peer: no traffic goes to it or comes from it. */
  | { readonly kind: 'link'; readonly link: string }
  /** The CAs of a peer: the gateway still trusts the ones before, if there were any. */
  | { readonly kind: 'bundle'; readonly link: string }
  /** One address of a peer: its other addresses are used. */
  | { readonly kind: 'address'; readonly link: string; readonly address: Address }
  /** Egress: a route's port. */
  | { readonly kind: 'port'; readonly port: number }
  /** Ingress: an exported port; nobody can reach it. */
  | { readonly kind: 'export'; readonly serviceId: string }
  /** Our own certificate: the gateway still shows the one before. */
  | { readonly kind: 'certificate' };

/** Reasons why a part of a desired state is not in force; a label of the metric, so there are few. */
export const notInForceReasons = [
  /** The bundle of a peer cannot be read, or contains something that is no usable CA. */
  'BundleInvalid',
  /** The bundle of a peer holds a CA that could be taken for one of another peer's. */
  'BundleContested',
  /** The names of a peer's CAs are too long to be sent to clients together with those of others. */
  'BundleTooLong',
  /** Two links stand for one peer, so it is not known which of them calls. */
  'PeerDuplicate',
  /** A peer has no address that can be dialled. */
  'NoAddress',
  /** A host name has no IP, or an address must not be dialled. */
  'AddressUnusable',
  /** The gateway cannot listen on a port, mostly because another process does. */
  'PortUnavailable',
  /** The implementation does not carry exports of this protocol. */
  'ProtocolUnsupported',
  /** Our own certificate and key cannot be used. */
  'CertificateUnusable',
  /** It needs a reload, which has to wait for the connections of earlier reloads. */
  'ReloadPending',
  /** It needs a reload, and the last one was refused. */
  'ReloadRefused',
] as const;

/** One of {@link notInForceReasons}. */
export type NotInForceReason = (typeof notInForceReasons)[number];

/** A part of a desired state that is not in force, and why. */
export type NotInForce = PartKind & {
  readonly reason: NotInForceReason;
  /** One sentence that names the part. */
  readonly message: string;
};

/** A peer that is left out because its bundle cannot be used. */
export function bundleRefused(link: string, { fault, message }: BundleError): NotInForce {
  const reason = fault === 'Contested' ? 'BundleContested' : 'BundleInvalid';
  return { kind: 'link', link, reason, message: `link ${link}: ${message}` };
}

/** A peer that cannot be called because it has no address. */
export function nowhereToDial(link: string): NotInForce {
  const message = `link ${link}: its peer has no address that can be dialled`;
  return { kind: 'link', link, reason: 'NoAddress', message };
}

/** A port on which the gateway cannot listen. */
export function portRefused(port: number, message = unlistenable(port)): NotInForce {
  return { kind: 'port', port, reason: 'PortUnavailable', message };
}

/** The message for a port on which the gateway cannot listen. */
export function unlistenable(port: number, why = 'another process listens there'): string {
  return `port ${port} cannot be listened on: ${why}`;
}

/** Whether two outcomes have the same parts with the same reasons, whatever their messages say. */
export function isSameOutcome(one: readonly NotInForce[], other: readonly NotInForce[]): boolean {
  if (one.length !== other.length) return false;
  // thousands of exports that are not carried stay the same objects
  if (one.every((part, at) => part === other[at])) return true;
  const keysOf = (parts: readonly NotInForce[]) => parts.map(keyOf).sort().join('\n');
  return keysOf(one) === keysOf(other);
}

function keyOf({ message: _, ...part }: NotInForce): string {
  return JSON.stringify(part);
}
