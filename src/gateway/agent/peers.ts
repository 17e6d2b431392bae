import { ownNames } from '../../api/names.js';
import type { ConfigMap } from '../../api/objects.js';
import type { Clock } from '../../runtime/clock.js';
import { decodeResolved, type ResolvedPeer } from '../../protocol/identity.js';

/** Reads peers from the operator's ConfigMap, and remembers them. */
export interface PeerReader {
  /** Undefined until the ConfigMap was seen for the first time. */
  read(configMap: Readonly<ConfigMap> | undefined): readonly ResolvedPeer[] | undefined;
  /** The problems of the present ConfigMap. */
  problems(): readonly string[];
}

/**
 * A reader that keeps earlier peers: all of them while the ConfigMap is missing (the operator always writes one, so
 * its absence means nothing), and a peer's last good entry while the new one cannot be read. A removed entry is
 * removed.
 */
export function createPeerReader(clock: Clock): PeerReader {
  let known: readonly ResolvedPeer[] | undefined;
  let problems: readonly string[] = [];
  let seen: Readonly<ConfigMap> | undefined;
  let entries = new Map<string, { readonly text: string; readonly peer: ResolvedPeer }>();

  return {
    read(configMap) {
      if (configMap === undefined)
        problems = [`ConfigMap ${ownNames.peers} is missing: the operator writes it`];
      if (configMap === undefined || configMap === seen) return known;
      seen = configMap;
      const before = entries;
      const broken: string[] = [];
      entries = new Map();
      for (const [link, text] of Object.entries(configMap.data ?? {})) {
        const last = before.get(link);
        // an equal entry stays the same object, so that comparing it is cheap
        const decoded =
          last?.text === text ? { value: last.peer } : decodeResolved(link, text, new Date(clock.now()));
        if ('value' in decoded) entries.set(link, { text, peer: decoded.value });
        else {
          broken.push(`peer ${link}: ${decoded.problems.join('; ')}`);
          if (last !== undefined) entries.set(link, last);
        }
      }
      problems = broken;
      known = [...entries.values()].map(({ peer }) => peer);
      return known;
    },
    problems: () => problems,
  };
}

/**
 * Leaves out peers that were resolved for an earlier Link of the same name: which peer may use the new Link's exports
 * is not known until the operator has resolved it.
 *
 * @param uidOf the UID of a Link that is there
 */
export function ofPresentLinks(
  peers: readonly ResolvedPeer[],
  uidOf: (link: string) => string | undefined,
): readonly ResolvedPeer[] {
  return peers.filter(({ link, linkUid }) => {
    const uid = uidOf(link);
    // an older operator notes no UID, and a Link that is gone exports nothing
    return linkUid === undefined || uid === undefined || uid === linkUid;
  });
}
