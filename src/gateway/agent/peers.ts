import { ownNames } from '../../api/names.js';
import type { ConfigMap } from '../../api/objects.js';
import type { Clock } from '../../runtime/clock.js';
import { decodeResolved, type ResolvedPeer } from '../../protocol/identity.js';

/** Reads peers from the operator's ConfigMap; remembers what it has read. */
export interface PeerReader {
  /** Undefined before the ConfigMap was seen for the first time. */
  read(configMap: Readonly<ConfigMap> | undefined): readonly ResolvedPeer[] | undefined;
  /** What is wrong with the ConfigMap as it is now. */
  problems(): readonly string[];
}

/**
 * A reader that keeps what it knew: the whole list while the ConfigMap is missing (the operator always writes one, so
 * its absence says nothing), and a peer's last good entry while the new one cannot be read. An entry that is gone is gone.
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
        // an entry that is the same stays the same object: who compares need not look inside
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
 * Without peers that were settled for a Link of the same name that was there before: who comes in by the new Link's
 * exports is not known until the operator has settled it.
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
