import { isDeepStrictEqual } from 'node:util';
import { localCluster } from '../../api/backends.js';
import { importsOfSpec } from '../../api/link.js';
import type { KubeObject } from '../../api/objects.js';
import { keyOf, serviceMirrors } from '../../api/resources.js';
import type { ServiceMirror } from '../../api/servicemirror.js';
import { mayHold, type Unmade } from '../../mirror/automatic.js';
import {
  decideFederated,
  federatedName,
  isMember,
  memberLabel,
  mostFederated,
  type Candidate,
  type LeftOut,
} from '../../mirror/federated.js';
import { isApplied } from '../../runtime/managed.js';
import { createPace } from '../../runtime/pace.js';
import { matches } from '../../runtime/selector.js';
import { indexOf } from '../caches.js';
import { removeAll, sooner, type Again } from '../mirror/leftovers.js';
import type { AutomaticOptions } from './automatic.js';
import { release } from './handwritten.js';
import { remoteOf } from './keys.js';
import { explainFederated, explainLeftOut, restless, roomAgain, type UnmadeService } from './unmade.js';

/** The dependencies: those of automatic mirrors. */
export type FederatedOptions = Pick<
  AutomaticOptions,
  'caches' | 'remotes' | 'registry' | 'live' | 'applier' | 'refusals' | 'events' | 'unmade' | 'clock' | 'self'
>;

/** The wait (ms) until a cache shows what the API server has said. */
const lookAgain = 1_000;

type Mirror = Readonly<ServiceMirror>;

/**
 * Writes the ServiceMirrors that stand for the Services of one name in all clusters whose Links federate, and in this
 * one. A key is `|namespace/name`: no Link has more to do with it than another.
 */
export function reconcileFederated(options: FederatedOptions): (key: string) => Promise<Again> {
  const { caches, remotes, registry, live, refusals, unmade } = options;
  const pace = createPace(restless, options.clock);

  return async (key) => {
    const { namespace: namespaceName, name: service } = remoteOf(key);
    const name = indexOf.localService(namespaceName, federatedName(service));
    const [marked] = caches.mirrors.by('federatedOf', key);
    // what is being deleted already is nobody's concern; another change follows
    if (marked?.metadata.deletionTimestamp !== undefined) return undefined;
    const isTheirs = marked !== undefined && isApplied(marked);
    if (isTheirs) await release(marked, options);
    const own = isTheirs ? undefined : marked;
    const existing = caches.mirrors.get(name);
    const wanting = [...(existing === undefined ? [] : [existing]), ...caches.mirrors.by('local', name)];
    const namespace = caches.namespaces.get(namespaceName);
    const candidates = candidatesFor(namespaceName, service);
    const decision = decideFederated({
      ...{ namespaceName, service, candidates },
      isTaken: wanting.some((one) => one !== own),
      ...(namespace !== undefined && { namespace }),
      ...(own !== undefined && { own }),
    });
    const about = { link: '', key, namespace: namespaceName, name };
    if (decision.kind === 'none') {
      note(about, decision.why, candidates);
      const again = decision.why === 'TooMany' ? { requeueAfter: roomAgain } : undefined;
      if (own !== undefined) return sooner(again, await remove(key, own));
      refusals.forget(key);
      return again;
    }
    return write(about, { mirror: decision.mirror, own, candidates, without: decision.without });
  };

  /** The clusters of all Links that federate, and this one. */
  function candidatesFor(namespaceName: string, service: string): Candidate[] {
    const namespace = caches.namespaces.get(namespaceName);
    const found = caches.links.list().flatMap((object): Candidate[] => {
      if (importsOfSpec(object)?.federated === undefined) return [];
      const cluster = object.metadata.name;
      const link = registry.get(cluster);
      const view = remotes.view(cluster, namespaceName, service);
      // blind is not empty, and a Link whose spec is not sound says nothing
      if (link === undefined || view?.synced !== true) return [{ cluster, is: 'unknown', mayBeHere: true }];
      const { federated, remoteNamespaces = [] } = link.spec.imports ?? {};
      const isIn =
        view.service !== undefined &&
        (remoteNamespaces.length === 0 || remoteNamespaces.includes(namespaceName)) &&
        isMember(view.service, federated?.selector ?? memberLabel, matches);
      const mayBeHere = mayHold(link, namespace, { matches, ownNamespace: options.self.namespace });
      const isFull = caches.mirrors.by('federated', cluster).length >= mostFederated;
      return [{ cluster, is: isIn ? 'member' : 'none', mayBeHere, isFull }];
    });
    const ours = caches.services.get(indexOf.localService(namespaceName, service));
    const isIn = ours !== undefined && isMember(ours, memberLabel, matches);
    return [...found, { cluster: localCluster, is: isIn ? 'member' : 'none', mayBeHere: true }];
  }

  async function write(about: UnmadeService, wanted: Wanted): Promise<Again> {
    const { mirror, own, candidates, without } = wanted;
    const { key } = about;
    const wait = own === undefined ? pace.wait(key) : 0;
    if (wait > 0) {
      note(about, 'Flapping', candidates);
      return { requeueAfter: wait };
    }
    const outcome = await refusals.attempt({
      ...{ key, part: 'mirror', what: `ServiceMirror "${keyOf(mirror)}"`, wish: mirror },
      write: async () => [await options.applier.own(serviceMirrors, mirror, own, 'self')],
    });
    if (outcome.kind === 'refused') {
      unmade.note(about, own === undefined ? 'WriteRefused' : undefined);
      if (outcome.fresh) tell(candidates, 'WriteRefused', outcome.message);
      return { requeueAfter: outcome.requeueAfter };
    }
    const isForeign = outcome.results.includes('foreign');
    if (isForeign) note(about, 'NameConflict', candidates);
    else noteLeftOut(about, without);
    if (isForeign) return { requeueAfter: lookAgain };
    if (own === undefined) pace.spend(key);
    else if (isEdited(own, mirror)) tellOfUndone(own);
    return without?.why === 'TooMany' ? { requeueAfter: roomAgain } : undefined;
  }

  /** Removes a mirror without members, if the API server has its Links as the caches have them: these may lag. */
  async function remove(key: string, own: Mirror): Promise<Again> {
    for (const { name } of own.spec.clusters ?? []) {
      if (name === localCluster || importsOfSpec(caches.links.get(name))?.federated !== undefined) continue;
      const link = await live.get(name);
      if (link?.federated === true) return { requeueAfter: lookAgain };
    }
    return removeAll(
      { key, what: `ServiceMirror "${keyOf(own)}"`, resource: serviceMirrors, objects: [own] },
      options,
      (message) =>
        options.events.event(own, { type: 'Warning', reason: 'WriteRefused', message, apart: true }),
    );
  }

  function note(about: UnmadeService, why: Unmade | undefined, candidates: readonly Candidate[]): void {
    if (unmade.note(about, why) && why !== undefined) tell(candidates, why, explainFederated(why, about));
  }

  /** Tells on the Link of a member that it is left out, and why. */
  function noteLeftOut(about: UnmadeService, without: LeftOut | undefined): void {
    if (!unmade.note(about, without?.why) || without === undefined) return;
    const link = caches.links.get(without.cluster);
    const message = explainLeftOut(without, about);
    if (link !== undefined)
      options.events.event(link, { type: 'Warning', reason: without.why, message, apart: true });
  }

  /** Tells it on the first Link that has a member. */
  function tell(candidates: readonly Candidate[], reason: Unmade, message: string): void {
    const links = candidates
      .filter((one) => one.is === 'member')
      .map(({ cluster }) => caches.links.get(cluster));
    const about: Readonly<KubeObject> | undefined = links.find((link) => link !== undefined);
    if (about !== undefined) options.events.event(about, { type: 'Warning', reason, message, apart: true });
  }

  function tellOfUndone(own: Mirror): void {
    options.events.event(own, {
      ...{ type: 'Warning', reason: 'Undone' },
      message:
        'this federated mirror follows the Services of its name, and a change of its spec was undone; to have it as you like, apply a manifest of it (kubectl apply): then it is yours',
    });
  }
}

/** Whether somebody has changed more than the list of clusters, which changes as they come and go. */
function isEdited(own: Mirror, { spec }: ServiceMirror): boolean {
  const places = own.spec.clusters?.some(({ priority, weight = 0 }) => priority !== undefined || weight > 0);
  return places === true || !isDeepStrictEqual(own.spec.service, spec.service);
}

interface Wanted {
  readonly mirror: ServiceMirror;
  readonly own: Mirror | undefined;
  readonly candidates: readonly Candidate[];
  readonly without: LeftOut | undefined;
}
