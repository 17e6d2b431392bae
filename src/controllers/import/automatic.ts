import { backendsOfSpec, type RemoteService } from '../../api/backends.js';
import type { Link } from '../../api/link.js';
import type { Service } from '../../api/objects.js';
import { controllingLink } from '../../api/owner.js';
import { keyOf, links, serviceMirrors } from '../../api/resources.js';
import type { ServiceMirror } from '../../api/servicemirror.js';
import { automaticName, decideAutomatic, type Unmade } from '../../mirror/automatic.js';
import { controllerRef } from '../../mirror/metadata.js';
import type { Applier } from '../../runtime/apply.js';
import { isNotFound } from '../../runtime/errors.js';
import type { Recorder } from '../../runtime/events.js';
import type { KubeClient } from '../../runtime/kube.js';
import { matches } from '../../runtime/selector.js';
import type { PeerRegistry } from '../link/peerregistry.js';
import type { Remotes } from '../link/remotes.js';
import { settled, sooner } from '../mirror/leftovers.js';
import type { Refusals } from '../refusals.js';
import { indexOf, mirrorsWanting, type LocalCaches } from '../caches.js';
import type { Deletions } from './deletions.js';
import { remoteOf } from './keys.js';
import type { UnmadeMirrors } from './unmade.js';

/** The dependencies. */
export interface AutomaticOptions {
  readonly caches: LocalCaches;
  readonly remotes: Pick<Remotes, 'view'>;
  readonly registry: Pick<PeerRegistry, 'get'>;
  /** Asks the API server whether a Link is really gone. */
  readonly kube: Pick<KubeClient, 'get'>;
  readonly applier: Pick<Applier, 'own' | 'remove'>;
  readonly refusals: Refusals;
  readonly events: Pick<Recorder, 'event'>;
  readonly deletions: Deletions;
  readonly unmade: UnmadeMirrors;
}

/** The wait (ms) until the cache of Links shows what the API server says. */
const lookAgain = 1_000;

type Again = { requeueAfter: number } | undefined;

/**
 * Writes the automatic ServiceMirrors of Links, and nothing else. A key is a remote Service as `indexOf.remoteService`
 * writes it. Nothing is removed while the remote cluster has not been read.
 */
export function reconcileAutomatic(options: AutomaticOptions): (key: string) => Promise<Again> {
  const { caches, remotes, registry, deletions, unmade } = options;

  return async (key) => {
    const remote = remoteOf(key);
    const object = caches.links.get(remote.cluster);
    const made = caches.mirrors.by('remote', key).filter((mirror) => isAutomatic(mirror, remote.cluster));
    // left over from an earlier Link of that name
    const stale = made.filter((mirror) => controllingLink(mirror)?.uid !== object?.metadata.uid);
    const own = made.filter((mirror) => !stale.includes(mirror));
    if (stale.length > 0) return removeStale(key, stale);
    if (object === undefined) return undefined;
    // a Link whose spec is not sound decides nothing
    const link = registry.get(remote.cluster);
    if (link === undefined) return undefined;
    if (link.spec.imports?.automatic !== true) {
      unmade.note(unmadeOf(key, remote, link), undefined);
      return remove(key, own);
    }
    const view = remotes.view(remote.cluster, remote.namespace, remote.name);
    if (view?.synced !== true) return undefined;
    if (view.service === undefined) {
      unmade.note(unmadeOf(key, remote, link), undefined);
      const held = own.map((mirror) => [mirror, deletions.mayGo(link, mirror)] as const);
      const going = held.flatMap(([mirror, may]) => (may === true ? [mirror] : []));
      const waits = held.flatMap(([, may]) => (may === true ? [] : [{ requeueAfter: may.after }]));
      return sooner(await remove(key, going), ...waits);
    }
    return write(key, { remote, link, service: view.service, own });
  };

  /**
   * Removes mirrors whose Link is gone according to the API server: the cache of Links may lag behind that of mirrors.
   * That wakes the key again.
   */
  async function removeStale(key: string, stale: readonly Readonly<ServiceMirror>[]): Promise<Again> {
    const live = await uidOfLink(options.kube, remoteOf(key).cluster);
    const left = stale.filter((mirror) => controllingLink(mirror)?.uid !== live);
    return sooner(
      left.length < stale.length ? { requeueAfter: lookAgain } : undefined,
      await remove(key, left),
    );
  }

  async function write(key: string, o: Wanted): Promise<Again> {
    const { remote, link, service, own } = o;
    const { namespace } = remote;
    const about = unmadeOf(key, remote, link);
    const existing = caches.mirrors.get(about.name);
    const wanting = mirrorsWanting(caches, about.name).flatMap((mirror) => caches.mirrors.get(mirror) ?? []);
    const local = caches.namespaces.get(namespace);
    const decision = decideAutomatic({
      ...{ link, service, matches, ...(local !== undefined && { namespace: local }) },
      rivals: [...new Set([...(existing === undefined ? [] : [existing]), ...wanting])],
    });
    const why = decision.kind === 'none' ? decision.why : undefined;
    if (unmade.note(about, why) && why !== undefined) tell(link, namespace, why);
    if (decision.kind === 'none') return remove(key, own);
    const { mirror } = decision;
    const others = own.filter((one) => keyOf(one) !== keyOf(mirror));
    const again = await remove(key, others);
    const outcome = await options.refusals.attempt({
      ...{ key, part: 'mirror', what: `ServiceMirror "${keyOf(mirror)}"`, wish: mirror },
      write: async () => [await options.applier.own(serviceMirrors, mirror, existing, controllerRef(link))],
    });
    if (outcome.kind === 'done') {
      // somebody else made one of that name just now
      if (outcome.results.includes('foreign')) unmade.note(about, 'NameConflict');
      return again;
    }
    if (outcome.fresh)
      options.events.event(link, { type: 'Warning', reason: 'WriteRefused', message: outcome.message });
    return sooner(again, outcome);
  }

  async function remove(key: string, mirrors: readonly Readonly<ServiceMirror>[]): Promise<Again> {
    if (mirrors.length === 0) return undefined;
    const names = mirrors.map((mirror) => `"${keyOf(mirror)}"`).join(', ');
    const about = caches.links.get(remoteOf(key).cluster) ?? mirrors[0]!;
    const outcome = await options.refusals.attempt({
      ...{ key, part: 'leftovers', what: `the deletion of ServiceMirror ${names}` },
      wish: mirrors.map(({ metadata }) => metadata.uid),
      write: async () => {
        await settled(mirrors.map((mirror) => options.applier.remove(serviceMirrors, mirror)));
        return [];
      },
    });
    if (outcome.kind === 'done') {
      options.refusals.forget(key);
      return undefined;
    }
    if (outcome.fresh)
      options.events.event(about, { type: 'Warning', reason: 'WriteRefused', message: outcome.message });
    return outcome;
  }

  function tell(link: Readonly<Link>, namespace: string, why: Unmade): void {
    const { name } = link.metadata;
    options.events.event(link, { type: 'Warning', reason: why, message: explain(why, name, namespace) });
  }
}

interface Wanted {
  readonly remote: RemoteService;
  readonly link: Readonly<Link>;
  readonly service: Readonly<Service>;
  /** The mirrors of it that the Link owns. */
  readonly own: readonly Readonly<ServiceMirror>[];
}

/** All automatic mirrors of a Link, and which of them have no Service any more. */
export function automaticMirrors(
  caches: Pick<LocalCaches, 'mirrors'>,
  remotes: Pick<Remotes, 'view'>,
): (link: string) => { total: number; gone: readonly Readonly<ServiceMirror>[] } {
  return (link) => {
    const all = caches.mirrors.by('automatic', link);
    const isGone = (mirror: Readonly<ServiceMirror>) =>
      backendsOfSpec(mirror).every(({ namespace, name }) => {
        const view = remotes.view(link, namespace, name);
        return view?.synced === true && view.service === undefined;
      });
    return { total: all.length, gone: all.filter(isGone) };
  };
}

/** Whether a Link of that name owns the mirror. */
export function isAutomatic(mirror: Readonly<ServiceMirror>, link: string): boolean {
  return controllingLink(mirror)?.name === link;
}

async function uidOfLink(kube: Pick<KubeClient, 'get'>, name: string): Promise<string | undefined> {
  try {
    return (await kube.get(links, name)).metadata.uid;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function unmadeOf(key: string, remote: RemoteService, link: Readonly<Link>) {
  const { cluster, namespace } = remote;
  const name = automaticName(link, remote);
  return { link: cluster, key, namespace, name: indexOf.localService(namespace, name) };
}

function explain(why: Unmade, link: string, namespace: string): string {
  const what = `Services of namespace "${namespace}" that Link "${link}" imports automatically have no mirror`;
  switch (why) {
    case 'NamespaceMissing':
      return `${what}: there is no such namespace here; create it`;
    case 'NamespaceNotAllowed':
      return `${what}: spec.imports.namespaces does not select the local namespace; label it, or widen the selector`;
    case 'NameConflict':
      return `${what}: other ServiceMirrors have the names; delete those, or set another spec.imports.nameTemplate`;
    case 'InvalidName':
      return `${what}: spec.imports.nameTemplate gives names that no Service may have; begin it with a letter, as in 'm-{service}'`;
    default:
      return why satisfies never;
  }
}
