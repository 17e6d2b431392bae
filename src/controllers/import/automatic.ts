import { isDeepStrictEqual } from 'node:util';
import type { RemoteService } from '../../api/backends.js';
import type { Link } from '../../api/link.js';
import type { KubeObject, Service } from '../../api/objects.js';
import { keys } from '../../api/names.js';
import { controllingLink } from '../../api/owner.js';
import { keyOf, serviceMirrors } from '../../api/resources.js';
import type { ServiceMirror } from '../../api/servicemirror.js';
import { automaticName, decideAutomatic, isMadeBy, isSelected, type Unmade } from '../../mirror/automatic.js';
import { controllerRef } from '../../mirror/metadata.js';
import type { Applier } from '../../runtime/apply.js';
import type { Clock } from '../../runtime/clock.js';
import type { Recorder } from '../../runtime/events.js';
import { isApplied } from '../../runtime/managed.js';
import { createPace } from '../../runtime/pace.js';
import { matches } from '../../runtime/selector.js';
import type { PeerRegistry } from '../link/peerregistry.js';
import type { Remotes } from '../link/remotes.js';
import { removeAll, settled, sooner, type Again } from '../mirror/leftovers.js';
import type { Refusals } from '../refusals.js';
import { indexOf, type LocalCaches } from '../caches.js';
import type { Deletions } from './deletions.js';
import { remoteOf } from './keys.js';
import type { LiveLinks } from './livelinks.js';
import { createNamespaceMaker } from './namespaces.js';
import { release } from './handwritten.js';
import { explain, restless, roomAgain, type UnmadeMirrors } from './unmade.js';

/** The dependencies. */
export interface AutomaticOptions {
  readonly caches: LocalCaches;
  readonly remotes: Pick<Remotes, 'view'>;
  readonly registry: Pick<PeerRegistry, 'get'>;
  /** Asks the API server whether a Link is really gone, or automatic no more. */
  readonly live: LiveLinks;
  readonly applier: Pick<Applier, 'own' | 'once' | 'amend' | 'remove'>;
  readonly refusals: Refusals;
  readonly events: Pick<Recorder, 'event'>;
  readonly deletions: Deletions;
  readonly unmade: UnmadeMirrors;
  readonly clock: Clock;
  /** The operator's own namespace. */
  readonly self: { readonly namespace: string };
}

/** The wait (ms) until a cache shows what the API server has said. */
const lookAgain = 1_000;

const createIt = 'create it, or give the operator the right to create namespaces (docs/automatic.md)';

type Mirrors = readonly Readonly<ServiceMirror>[];

/**
 * Writes the automatic ServiceMirrors of Links, and nothing else. A key is a remote Service as `indexOf.remoteService`
 * writes it. Nothing is removed while the remote cluster has not been read.
 */
export function reconcileAutomatic(options: AutomaticOptions): (key: string) => Promise<Again> {
  const { caches, remotes, registry, live, deletions, unmade, refusals } = options;
  const pace = createPace(restless, options.clock);
  const namespaceMaker = createNamespaceMaker(options);

  return async (key) => {
    const remote = remoteOf(key);
    const object = caches.links.get(remote.cluster);
    // what is being deleted already is nobody's concern
    const marked = caches.mirrors
      .by('automaticOf', key)
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const applied = marked.filter(isApplied);
    await settled(applied.map((mirror) => release(mirror, options)));
    const made = marked.filter((mirror) => !applied.includes(mirror));
    const own = made.filter((mirror) => controllingLink(mirror)?.uid === object?.metadata.uid);
    // left over from an earlier Link of that name
    if (own.length < made.length) return removeLeft(key, made);
    if (object === undefined) return nothing(key, remote.cluster);
    // a Link whose spec is not sound decides nothing
    const link = registry.get(remote.cluster);
    if (link === undefined) return undefined;
    if (link.spec.imports?.automatic !== true)
      return own.length === 0 ? nothing(key, remote.cluster) : removeLeft(key, own);
    const view = remotes.view(remote.cluster, remote.namespace, remote.name);
    if (view?.synced !== true) return undefined;
    if (view.service !== undefined && isSelected(view.service, link, matches)) {
      deletions.found(remote.cluster, key);
      return write(key, { remote, link, service: view.service, own });
    }
    if (own.length === 0) return nothing(key, remote.cluster);
    const may = deletions.mayGo(link, key);
    if (may !== true) return { requeueAfter: may.after };
    return remove(key, own);
  };

  /** There is no such Service, and no mirror of it. */
  function nothing(key: string, link: string): undefined {
    unmade.forgetOne(link, key);
    deletions.removed(link, key);
    refusals.forget(key);
  }

  /** Removes mirrors that their Link does not want any more, according to the API server: caches may lag. */
  async function removeLeft(key: string, left: Mirrors): Promise<Again> {
    const link = await live.get(remoteOf(key).cluster);
    const unwanted = left.filter(
      (mirror) => link === undefined || controllingLink(mirror)?.uid !== link.uid || !link.automatic,
    );
    const again = unwanted.length < left.length ? { requeueAfter: lookAgain } : undefined;
    return sooner(again, await remove(key, unwanted));
  }

  async function write(key: string, { remote, link, service, own }: Wanted): Promise<Again> {
    const { cluster, namespace } = remote;
    const name = indexOf.localService(namespace, automaticName(link, remote));
    const existing = caches.mirrors.get(name);
    const wanting = caches.mirrors.by('local', name);
    const rivals = new Set([...(existing === undefined ? [] : [existing]), ...wanting]);
    for (const mirror of own) rivals.delete(mirror);
    const local = caches.namespaces.get(namespace);
    const present = own.find((mirror) => keyOf(mirror) === name);
    const decision = decideAutomatic({
      ...{ link, service, matches, rivals: [...rivals], ownNamespace: options.self.namespace },
      made: caches.mirrors.by('automatic', cluster).length,
      namespacesMade: () => caches.namespaces.list().filter((one) => isMadeBy(one, cluster)).length,
      ...(local !== undefined && { namespace: local }),
      ...(present !== undefined && { own: present }),
    });
    const about = { link: cluster, key, namespace, name };
    const note = (why: Unmade | undefined) => {
      if (unmade.note(about, why) && why !== undefined) tell(link, why, explain(why, about));
    };
    if (decision.kind === 'none') {
      note(decision.why);
      const isFull = decision.why === 'TooMany' || decision.why === 'TooManyNamespaces';
      return sooner(isFull ? { requeueAfter: roomAgain } : undefined, await remove(key, own));
    }
    if (decision.kind === 'namespace') {
      const made = await namespaceMaker.make(decision.namespace);
      if (made.kind === 'done') return { requeueAfter: lookAgain };
      unmade.note(about, 'WriteRefused');
      if (made.fresh) tell(link, 'WriteRefused', `${made.message}; ${createIt}`);
      return { requeueAfter: made.requeueAfter };
    }
    const { mirror } = decision;
    const wait = present === undefined ? pace.wait(key) : 0;
    if (wait > 0) {
      note('Flapping');
      return { requeueAfter: wait };
    }
    const outcome = await refusals.attempt({
      ...{ key, part: 'mirror', what: `ServiceMirror "${keyOf(mirror)}"`, wish: mirror },
      write: async () => [await options.applier.own(serviceMirrors, mirror, present, controllerRef(link))],
    });
    if (outcome.kind === 'refused') {
      unmade.note(about, present === undefined ? 'WriteRefused' : undefined);
      if (outcome.fresh) tell(link, 'WriteRefused', outcome.message);
      return { requeueAfter: outcome.requeueAfter };
    }
    // somebody else has just made one of that name
    const isForeign = outcome.results.includes('foreign');
    note(isForeign ? 'NameConflict' : undefined);
    if (isForeign) return { requeueAfter: lookAgain };
    if (present === undefined) pace.spend(key);
    else if (!isDeepStrictEqual({ ...present.spec, ...mirror.spec }, present.spec))
      tellOfUndone(present, link);
    const others = own.filter((one) => one !== present);
    // where ours is there already, they have no earlier name: somebody has copied it
    if (present !== undefined) for (const copy of others) tellOfCopy(copy, present);
    return remove(key, others);
  }

  async function remove(key: string, mirrors: Mirrors): Promise<Again> {
    const [first] = mirrors;
    if (first === undefined) return undefined;
    const names = mirrors.map((mirror) => `"${keyOf(mirror)}"`).join(', ');
    return removeAll(
      { key, what: `ServiceMirror ${names}`, resource: serviceMirrors, objects: mirrors },
      options,
      (message) => tell(caches.links.get(remoteOf(key).cluster) ?? first, 'WriteRefused', message),
    );
  }

  function tellOfUndone(mirror: Readonly<ServiceMirror>, link: Readonly<Link>): void {
    options.events.event(mirror, {
      ...{ type: 'Warning', reason: 'Undone' },
      message: `Link "${link.metadata.name}" makes this automatic mirror and has undone a change of its spec; to have it as you like, apply a manifest of it (kubectl apply): then it is yours`,
    });
  }

  function tellOfCopy(copy: Readonly<ServiceMirror>, { metadata }: Readonly<ServiceMirror>): void {
    options.events.event(copy, {
      ...{ type: 'Warning', reason: 'Removed' },
      message: `a copy of the automatic mirror "${metadata.name}", which has its owner and its annotation ${keys.remoteService}; without these (as in a manifest of its spec alone) it stays`,
    });
  }

  function tell(about: Readonly<KubeObject>, reason: Unmade, message: string): void {
    options.events.event(about, { type: 'Warning', reason, message, apart: true });
  }
}

interface Wanted {
  readonly remote: RemoteService;
  readonly link: Readonly<Link>;
  readonly service: Readonly<Service>;
  /** The mirrors of it that the Link owns. */
  readonly own: Mirrors;
}
