import type { Link, LinkPeer } from '../api/link.js';
import { fingerprints } from '../pki/bundle.js';
import { holdsPinned } from '../pki/keypin.js';
import type { Decoded, Identity, ResolvedPeer } from '../protocol/identity.js';

/** The facts about the other side of one Link. */
export interface PeerInput {
  readonly link: Readonly<Link>;
  /** What the remote cluster publishes; absent: not seen. */
  readonly published?: Decoded<Identity>;
  /** Whether it was read over a connection whose certificate was verified. */
  readonly verified: boolean;
  /** The peer as it was resolved before, for the time in which the remote cluster cannot be reached. */
  readonly remembered?: ResolvedPeer;
}

/** Whether the identity came over an unverified connection, and the Link does not pin the peer. */
export function isUnverified({ link, published, verified }: PeerInput): boolean {
  return link.spec.peer === undefined && published !== undefined && !verified;
}

/**
 * The peer as it was resolved before, unless the pin now contradicts it. A pin may add CAs; removing a CA from the
 * pin ends the trust in it. With a fingerprint the CAs stay that the peer has named over connections that it has proven. A peer
 * that only a pin has named is forgotten with the pin, if no verified source names
 * it.
 */
export function stillTrusted(input: PeerInput, now: Date): ResolvedPeer | undefined {
  const { remembered } = input;
  const pinned = input.link.spec.peer;
  if (remembered === undefined) return undefined;
  if (pinned === undefined) return remembered.pinned === true && isUnverified(input) ? undefined : remembered;
  return pinned.cluster === remembered.cluster && isPinnedStill(remembered, pinned, now)
    ? remembered
    : undefined;
}

function isPinnedStill(remembered: ResolvedPeer, { caBundle, fingerprint }: LinkPeer, now: Date): boolean {
  if (fingerprint !== undefined)
    return remembered.fingerprint === fingerprint || holdsPinned(remembered.caBundle, fingerprint, now);
  const known = fingerprints(caBundle ?? '', now);
  return fingerprints(remembered.caBundle, now).every((print) => known.includes(print));
}
