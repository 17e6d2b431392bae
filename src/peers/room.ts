import { encodePeer, type ResolvedPeer } from '../protocol/identity.js';

/**
 * Most bytes of all entries of ConfigMap `service-mirror-peers` together. The API server refuses a ConfigMap with
 * values of more than 1 MiB (MaxSecretSize in k8s.io/kubernetes/pkg/apis/core), and then no entry could change.
 */
export const peersLimit = 960 * 1024;

/**
 * The free space in the ConfigMap of peers. A peer in the ConfigMap keeps its space for as long as its entry does not
 * grow.
 */
export interface Room {
  /**
   * Reserves space for a peer, in place of its Link's previous entry. Returns the reason if there is none, and then
   * reserves nothing.
   */
  take(peer: ResolvedPeer): string | undefined;
}

/** The space that these peers leave; they are in the ConfigMap already. */
export function createRoom(present: readonly ResolvedPeer[]): Room {
  const taken = new Map(present.map((peer) => [peer.link, sizeOf(peer)]));
  let total = [...taken.values()].reduce((sum, size) => sum + size, 0);
  return {
    take(peer) {
      const [size, before = 0] = [sizeOf(peer), taken.get(peer.link)];
      const others = total - before;
      // an entry may always become smaller, also if an older version has passed the limit
      if (size > before && others + size > peersLimit)
        return `ConfigMap service-mirror-peers has no room for it: its entry takes ${size} bytes, ${peer.caBundle.length} of them its CA bundle, those of other Links ${others}, and all together may take ${peersLimit}; take CAs that are not needed out of the largest bundles (of clusters, or of spec.peer.caBundle), or delete Links that are not used`;
      taken.set(peer.link, size);
      total = others + size;
      return undefined;
    },
  };
}

/** Bytes of one entry with its key. */
function sizeOf(peer: ResolvedPeer): number {
  return Buffer.byteLength(peer.link) + Buffer.byteLength(encodePeer(peer));
}
