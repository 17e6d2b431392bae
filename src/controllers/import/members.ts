import { localCluster } from '../../api/backends.js';
import { importsOfSpec } from '../../api/link.js';
import type { KubeObject } from '../../api/objects.js';
import type { ServiceMirror } from '../../api/servicemirror.js';
import { mayHold, type Unmade } from '../../mirror/automatic.js';
import {
  hasPlace,
  isMember,
  isMemberOf,
  memberLabel,
  mostFederated,
  type Candidate,
  type LeftOut,
} from '../../mirror/federated.js';
import { matches } from '../../runtime/selector.js';
import { indexOf } from '../caches.js';
import type { Again } from '../mirror/leftovers.js';
import type { AutomaticOptions } from './automatic.js';
import { remoteOf } from './keys.js';
import { explainFederated, explainLeftOut, type UnmadeService } from './unmade.js';

/** The dependencies. */
export type MembersOptions = Pick<
  AutomaticOptions,
  'caches' | 'remotes' | 'registry' | 'events' | 'unmade' | 'deletions' | 'self'
>;

/** The clusters that may have a member of a federated mirror. */
export interface Members {
  readonly candidates: readonly Candidate[];
  /** When to look again, because a member that is gone is kept for now. */
  readonly again: Again;
  /** Whether one of these clusters is read for the first time since the start. */
  readonly isReading: boolean;
}

/** A federated mirror, and its key in the queue. */
export type FederatedPlace = Omit<UnmadeService, 'link'>;

/** Reads which clusters have members, and remembers of each Link which of its members have no mirror. */
export function createMembers(options: MembersOptions) {
  const { caches, remotes, registry, unmade, deletions, events, self } = options;

  /** The clusters of all Links that federate, and this one. @param own the mirror that there is */
  function read(key: string, own: Readonly<ServiceMirror> | undefined): Members {
    const { namespace: namespaceName, name: service } = remoteOf(key);
    const namespace = caches.namespaces.get(namespaceName);
    const waits: number[] = [];
    let isReading = false;
    const candidates = caches.links.list().flatMap((object): Candidate[] => {
      const cluster = object.metadata.name;
      if (importsOfSpec(object)?.federated === undefined) {
        unmade.forgetOne(cluster, key);
        deletions.removed(cluster, key);
        return [];
      }
      const unknown = [{ cluster, is: 'unknown', mayBeHere: true }] as const;
      const link = registry.get(cluster);
      const view = remotes.view(cluster, namespaceName, service);
      // blind is not empty, and a Link whose spec is not sound says nothing
      if (link === undefined || view?.synced !== true) {
        isReading ||= view !== undefined && view.failingSince === undefined;
        return [...unknown];
      }
      const isIn = view.service !== undefined && isMemberOf(view.service, link, matches);
      if (isIn) deletions.found(cluster, key);
      else if (own === undefined || !hasPlace(own, cluster)) deletions.removed(cluster, key);
      else {
        const may = deletions.mayGo(link, key);
        if (may !== true) {
          waits.push(may.after);
          return [...unknown];
        }
      }
      const mayBeHere = mayHold(link, namespace, { matches, ownNamespace: self.namespace });
      const isFull = caches.mirrors.by('federated', cluster).length >= mostFederated;
      return [{ cluster, is: isIn ? 'member' : 'none', mayBeHere, isFull }];
    });
    const ours = caches.services.get(indexOf.localService(namespaceName, service));
    const isIn = ours !== undefined && isMember(ours, memberLabel, matches);
    candidates.push({ cluster: localCluster, is: isIn ? 'member' : 'none', mayBeHere: true });
    const again = waits.length === 0 ? undefined : { requeueAfter: Math.min(...waits) };
    return { candidates, again, isReading };
  }

  /**
   * Notes of each Link whether its member lacks the mirror, and why. What is not known stays.
   *
   * @returns the Links of which that is new for the namespace
   */
  function note(
    place: FederatedPlace,
    candidates: readonly Candidate[],
    whyOf: (cluster: string) => Unmade | undefined,
  ): string[] {
    return candidates
      .filter(({ cluster, is }) => cluster !== localCluster && is !== 'unknown')
      .filter(({ cluster, is }) =>
        unmade.note({ ...place, link: cluster }, is === 'member' ? whyOf(cluster) : undefined),
      )
      .map(({ cluster }) => cluster);
  }

  function tell(link: string | undefined, reason: Unmade, message: string): void {
    const about: Readonly<KubeObject> | undefined = link === undefined ? link : caches.links.get(link);
    if (about !== undefined) events.event(about, { type: 'Warning', reason, message, apart: true });
  }

  return {
    read,
    /** Notes that all members have their mirror, but for those that it leaves out: each Link is told of its own. */
    made(place: FederatedPlace, candidates: readonly Candidate[], without: readonly LeftOut[]): void {
      const whyOf = (cluster: string) => without.find((one) => one.cluster === cluster);
      for (const link of note(place, candidates, (cluster) => whyOf(cluster)?.why)) {
        const out = whyOf(link);
        if (out !== undefined) tell(link, out.why, explainLeftOut(out, place));
      }
    },
    /** Notes that there is no mirror of them; the first Link that did not know is told. */
    none(place: FederatedPlace, candidates: readonly Candidate[], why: Unmade | undefined): void {
      const [first] = note(place, candidates, () => why);
      if (why !== undefined) tell(first, why, explainFederated(why, place));
    },
    /** Tells the first Link that has a member that our own API server takes no mirror of them. */
    refused(candidates: readonly Candidate[], message: string): void {
      const of = candidates.find(({ cluster, is }) => is === 'member' && cluster !== localCluster);
      tell(of?.cluster, 'WriteRefused', message);
    },
    note,
  };
}
