import type { X509Certificate } from 'node:crypto';
import { readableCas, subjectOf } from '../pki/bundle.js';
import { rivalsOf, type Rivals } from '../pki/rivals.js';
import type { Peer } from '../protocol/peer.js';

/** Which Link stands for which peer: each Link for one at most. */
export interface Claims {
  /** The reason why a peer conflicts with a peer of another Link; undefined: it does not. */
  conflict(peer: Peer): string | undefined;
  /** Makes the peer's Link stand for it, and no longer for its peer before. */
  take(peer: Peer): void;
  /** The peer that a Link stands for. */
  of(link: string): Peer | undefined;
}

interface Claim {
  readonly peer: Peer;
  readonly cas: readonly X509Certificate[];
}

/** Starts without claims. CAs that have expired by `now` conflict with no one. */
export function createClaims(now: Date): Claims {
  const claims = new Map<string, Claim>();
  return {
    conflict(peer) {
      // all other claims were checked against it
      const own = claims.get(peer.link)?.peer;
      if (own !== undefined && isSame(own, peer)) return undefined;
      const others = [...claims.values()].filter((other) => other.peer.link !== peer.link);
      const holder = others.find((other) => other.peer.cluster === peer.cluster);
      if (holder !== undefined)
        return `Link "${holder.peer.link}" already stands for cluster "${peer.cluster}"; delete one of the two`;
      const cas = readableCas(peer.caBundle, now);
      for (const other of others) {
        const rivals = rivalsOf(cas, other.cas).find(({ holder }) => holder !== 'one');
        if (rivals !== undefined) return explained(rivals, other.peer.link);
      }
      return undefined;
    },
    take(peer) {
      const before = claims.get(peer.link);
      const cas =
        before !== undefined && isSame(before.peer, peer) ? before.cas : readableCas(peer.caBundle, now);
      claims.set(peer.link, { peer, cas });
    },
    of: (link) => claims.get(link)?.peer,
  };
}

/**
 * The peers that lose to another peer, however long they have been there, with the reason. A peer that proves the key
 * of a CA holds the CA's name against a peer that does not, unless the name itself decides.
 */
export function outranked<P extends Peer>(peers: readonly P[], now: Date): ReadonlyMap<P, string> {
  const read = peers.map((peer) => ({ peer, cas: readableCas(peer.caBundle, now) }));
  const reasons = new Map<P, string>();
  for (const { peer, cas } of read)
    for (const other of read) {
      if (other.peer.link === peer.link || reasons.has(peer)) continue;
      const rivals = rivalsOf(cas, other.cas).find(({ holder }) => holder === 'other');
      if (rivals !== undefined) reasons.set(peer, explained(rivals, other.peer.link));
    }
  return reasons;
}

function explained({ one, sameKey }: Rivals, link: string): string {
  const of = `its CA ${subjectOf(one)} has the name of a CA of Link "${link}"`;
  return sameKey
    ? `${of}, and its key, but is another certificate, not signed with that key by itself; publish the CA's own certificate`
    : `${of}, and another key; one of the two clusters needs a CA of its own name`;
}

/** Whether two peers conflict with the same others. */
function isSame(a: Peer, b: Peer): boolean {
  return a.cluster === b.cluster && a.caBundle === b.caBundle;
}
