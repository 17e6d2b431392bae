import type { Settings } from './options.js';

/** One cluster among others: what it has, and what its peers have. All formulas take this. */
export interface Situation extends Settings {
  /** Services that each cluster exports, this one too. */
  readonly services: number;
  /** Links of this cluster, each to one peer, and as many Links of peers to it. */
  readonly links: number;
  /** Mirrors of one Link. */
  readonly mirrorsPerLink: number;
  /** Mirrors in this cluster. */
  readonly mirrors: number;
  /** Mirrors in the peer with the most. */
  readonly mirrorsOfPeer: number;
}

/** Clusters of one kind, all in the same situation. */
export interface Kind {
  readonly role: 'each cluster' | 'the hub' | 'each spoke';
  readonly count: number;
  readonly situation: Situation;
}

/** The size of a whole. */
export interface Size {
  readonly clusters: number;
  /** Services that each exports. */
  readonly services: number;
}

/** The kinds of clusters of a topology, the busiest first. */
export function kindsOf({ clusters, services }: Size, settings: Settings): readonly Kind[] {
  const mirrorsPerLink = Math.ceil((services * settings.mirrored) / 100);
  const kind = (
    role: Kind['role'],
    count: number,
    { links, linksOfPeer }: { links: number; linksOfPeer: number },
  ): Kind => {
    const [mirrors, mirrorsOfPeer] = [links * mirrorsPerLink, linksOfPeer * mirrorsPerLink];
    return {
      role,
      count,
      situation: { ...settings, services, links, mirrorsPerLink, mirrors, mirrorsOfPeer },
    };
  };
  const all = clusters - 1;
  if (settings.topology === 'mesh') return [kind('each cluster', clusters, { links: all, linksOfPeer: all })];
  return [
    kind('the hub', 1, { links: all, linksOfPeer: 1 }),
    kind('each spoke', all, { links: 1, linksOfPeer: all }),
  ];
}
