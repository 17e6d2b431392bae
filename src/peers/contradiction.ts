import type { Link } from '../api/link.js';
import { fingerprints } from '../pki/bundle.js';
import { holdsPinned } from '../pki/keypin.js';
import type { Identity } from '../protocol/identity.js';
import type { Peer } from '../protocol/peer.js';

/** The three sources about one peer: the Link, its own cluster, and what was resolved before. */
export interface Sayings {
  readonly pinned: Link['spec']['peer'];
  readonly published: Identity | undefined;
  readonly remembered: Peer | undefined;
  /** What of `remembered` is still trusted. */
  readonly kept: Peer | undefined;
}

/** Where the published identity contradicts what is trusted, as a sentence; undefined: nowhere. */
export function contradiction(sayings: Sayings, now: Date): string | undefined {
  return sayings.pinned === undefined ? renaming(sayings) : disagreement(sayings, now);
}

/** A cluster's name never changes. A cluster with another name than before may want to pass for another cluster. */
function renaming({ published, remembered }: Sayings): string | undefined {
  if (published === undefined || remembered === undefined) return undefined;
  if (published.cluster === remembered.cluster) return undefined;
  return `the remote cluster called itself "${remembered.cluster}", and now "${published.cluster}"; if that is meant, delete the Link and create it again`;
}

function disagreement({ pinned, published, kept }: Sayings, now: Date): string | undefined {
  if (pinned === undefined || published === undefined) return undefined;
  if (pinned.cluster !== published.cluster)
    return `spec.peer.cluster says "${pinned.cluster}", and the remote cluster calls itself "${published.cluster}"`;
  const { caBundle = kept?.caBundle ?? '', fingerprint } = pinned;
  const known = fingerprints(caBundle, now);
  if (fingerprints(published.caBundle, now).some((print) => known.includes(print))) return undefined;
  if (fingerprint !== undefined)
    return holdsPinned(published.caBundle, fingerprint, now)
      ? undefined
      : 'spec.peer.fingerprint is that of none of the CAs that the remote cluster names; take it anew from there';
  return 'spec.peer.caBundle holds none of the CAs that the remote cluster publishes; take them from its ConfigMap service-mirror-identity';
}
