import type { X509Certificate } from 'node:crypto';
import { readableCas, subjectOf } from './mtls/bundle.js';
import { lookalike } from './mtls/lookalike.js';
import type { Peer } from './model.js';

/** Who stands for which peer: each Link for one at most. */
export interface Claims {
  /** Why a peer cannot be served beside those that other Links stand for; undefined: it can. */
  objection(peer: Peer): string | undefined;
  /** Makes its Link stand for this peer, and no longer for the one before. */
  take(peer: Peer): void;
  /** What a Link stands for. */
  of(link: string): Peer | undefined;
}

interface Claim {
  readonly peer: Peer;
  readonly cas: readonly X509Certificate[];
}

/** Claims that nobody has made yet; CAs that have expired by `now` keep no one away. */
export function createClaims(now: Date): Claims {
  const claims = new Map<string, Claim>();
  return {
    objection(peer) {
      // the others were let in beside it
      const own = claims.get(peer.link)?.peer;
      if (own !== undefined && isSame(own, peer)) return undefined;
      const others = [...claims.values()].filter((other) => other.peer.link !== peer.link);
      const holder = others.find((other) => other.peer.cluster === peer.cluster);
      if (holder !== undefined)
        return `Link "${holder.peer.link}" already stands for cluster "${peer.cluster}"; delete one of the two`;
      const cas = readableCas(peer.caBundle, now);
      for (const other of others) {
        const copy = lookalike(cas, other.cas);
        if (copy !== undefined)
          return `its CA ${subjectOf(copy)} has the name of a CA of Link "${other.peer.link}", and another key; one of the two clusters needs a CA of its own name`;
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

/** Whether two peers are one to all others. */
function isSame(a: Peer, b: Peer): boolean {
  return a.cluster === b.cluster && a.caBundle === b.caBundle;
}
