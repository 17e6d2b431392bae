import type { Link } from '../api/link.js';
import { fingerprints } from '../pki/bundle.js';
import type { Decoded, Identity, ResolvedPeer } from '../protocol/identity.js';

/** What is known of the other side of one Link. */
export interface PeerInput {
  readonly link: Readonly<Link>;
  /** What the remote cluster publishes; absent: not seen. */
  readonly published?: Decoded<Identity>;
  /** Whether it was read over a connection whose certificate was verified. */
  readonly verified: boolean;
  /** The peer as it was settled before, for while the remote cluster cannot be seen. */
  readonly remembered?: ResolvedPeer;
}

/** Whether something is published where nothing can be learned, and the Link does not say who the peer is. */
export function isUnverified({ link, published, verified }: PeerInput): boolean {
  return link.spec.peer === undefined && published !== undefined && !verified;
}

/**
 * The peer as it was settled before, unless a pin has come to say something else. A pin may add CAs; one that it takes
 * away ends the trust. What was known by a pin alone ends with the pin, where nothing else says who the peer is.
 */
export function stillTrusted(input: PeerInput, now: Date): ResolvedPeer | undefined {
  const { remembered } = input;
  const pinned = input.link.spec.peer;
  if (remembered === undefined) return undefined;
  if (pinned === undefined) return remembered.pinned === true && isUnverified(input) ? undefined : remembered;
  const known = fingerprints(pinned.caBundle, now);
  const same =
    pinned.cluster === remembered.cluster &&
    fingerprints(remembered.caBundle, now).every((fingerprint) => known.includes(fingerprint));
  return same ? remembered : undefined;
}
