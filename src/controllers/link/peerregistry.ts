import type { Link } from '../../api/link.js';
import { ownNames } from '../../api/names.js';
import { parseLink } from '../../api/parse.js';
import type { PeerInput } from '../../peers/memory.js';
import { decodeIdentity, decodeResolved, type ResolvedPeer } from '../../protocol/identity.js';
import { decidePeers, type PeerDecision } from '../../peers/decide.js';
import type { Clock } from '../../runtime/clock.js';
import { isForbidden } from '../../runtime/errors.js';
import type { LocalCaches, Self } from '../caches.js';
import { contactProblem } from './contact.js';
import type { Remote } from './remote.js';
import type { Remotes } from './remotes.js';

/** The Links, parsed, with their resolved peers. */
export interface PeerRegistry {
  /** The Link with its defaults filled in; undefined when there is none, or its spec is not sound. */
  get(name: string): Readonly<Link> | undefined;
  /** The problems of its spec; empty: it is sound. */
  problems(name: string): readonly string[];
  /** The peer (transport gateway only). */
  peer(name: string): PeerDecision | undefined;
  peers(): ReadonlyMap<string, PeerDecision>;
  /** Called when an input of the resolution has changed. */
  invalidate(): void;
}

/** CAs expire without an event, so peers are resolved again after this time (ms). */
const longestKept = 60_000;

/** Resolves all peers once for each change. */
export function createPeerRegistry(options: {
  caches: LocalCaches;
  remotes: Remotes;
  self: Self;
  clock: Clock;
}): PeerRegistry {
  const { caches, remotes, self, clock } = options;
  let resolved: { readonly peers: ReadonlyMap<string, PeerDecision>; readonly until: number } | undefined;

  function read(name: string): ReturnType<typeof parseLink> | undefined {
    const object = caches.links.get(name);
    return object === undefined ? undefined : parseLink(object);
  }

  function get(name: string): Readonly<Link> | undefined {
    const result = read(name);
    return result?.ok === true ? result.link : undefined;
  }

  function input(link: Readonly<Link>): PeerInput {
    const { name } = link.metadata;
    const now = new Date(clock.now());
    const identity = remotes.get(name)?.identity();
    const remembered = memory(link, now);
    return {
      link,
      verified: remotes.verified(name),
      ...publishedBy(identity, now),
      ...(remembered !== undefined && { remembered }),
    };
  }

  /** The peer as it was resolved before for this very Link, not for an earlier one of the same name. */
  function memory(link: Readonly<Link>, now: Date): ResolvedPeer | undefined {
    const { name, uid } = link.metadata;
    // without credentials nothing was ever learned: the earlier peer came from a pin, and removing the pin withdraws
    // it
    const learns = link.spec.credentialsSecretRef !== undefined || link.spec.peer !== undefined;
    const entry = caches.configMaps.get(`${self.namespace}/${ownNames.peers}`)?.data?.[name];
    if (entry === undefined || !learns) return undefined;
    const decoded = decodeResolved(name, entry, now);
    if ('problems' in decoded) return undefined;
    // an older version noted no UID, and the upgrade must not cut any peer
    const { linkUid = uid } = decoded.value;
    return linkUid === uid ? { ...decoded.value, ...(uid !== undefined && { linkUid: uid }) } : undefined;
  }

  function peers(): ReadonlyMap<string, PeerDecision> {
    if (resolved !== undefined && clock.monotonic() < resolved.until) return resolved.peers;
    const links = caches.links
      .list()
      .map(({ metadata }) => get(metadata.name))
      .filter((link) => link?.spec.transport === 'gateway');
    const found = decidePeers(
      links.map((link) => input(link as Readonly<Link>)),
      self,
      new Date(clock.now()),
    );
    resolved = { peers: found, until: clock.monotonic() + longestKept };
    return found;
  }

  return {
    get,
    problems: (name) => {
      const result = read(name);
      return result?.ok === false ? result.problems : [];
    },
    peer: (name) => peers().get(name),
    peers,
    invalidate: () => (resolved = undefined),
  };
}

/** The published identity of a remote cluster, or the fact that it does not let us read it. */
function publishedBy(
  identity: ReturnType<Remote['identity']> | undefined,
  now: Date,
): Pick<PeerInput, 'published'> {
  if (identity?.proven !== undefined) return { published: { value: { ...identity.proven, addresses: [] } } };
  if (identity?.object !== undefined) return { published: decodeIdentity(identity.object.data, now) };
  if (!isForbidden(identity?.error)) return {};
  return { published: { problems: [contactProblem(identity?.error).message] } };
}
