import { backendsOfSpec, localCluster, type NonEmpty, type RemoteService } from '../../api/backends.js';
import { problemsOfMirror } from '../../api/parse.js';
import type { ServiceMirror } from '../../api/servicemirror.js';
import { isSliceOf } from '../../mirror/backends.js';
import { federatedService } from '../../mirror/federated.js';
import { needsPods } from '../../mirror/pods.js';
import { isOwned } from '../../mirror/source.js';
import { localName, type BackendView, type MirrorInput, type MirrorView } from '../../mirror/view.js';
import { backendOf, type BackendReading } from '../../transport/backend.js';
import { localLink } from '../../transport/local.js';
import type { GatewayFacts } from '../../transport/transport.js';
import { alike } from '../../runtime/alike.js';
import { matches } from '../../runtime/selector.js';
import type { PeerRegistry } from '../link/peerregistry.js';
import type { Remotes } from '../link/remotes.js';
import { indexOf, type LocalCaches } from '../caches.js';
import type { FamilyRegistry } from './families.js';
import { readPods } from './podmirrors.js';
import type { PortReservations } from './portreservations.js';

/** The sources of gathering. */
export interface MirrorSources {
  readonly caches: LocalCaches;
  readonly remotes: Remotes;
  readonly ports: PortReservations;
  readonly links: PeerRegistry;
  readonly facts: (link: string) => GatewayFacts;
  /** Address families that the local API server refuses for Services. */
  readonly families: Pick<FamilyRegistry, 'absent'>;
}

/** Gathers the input for the mirror of that key; undefined when there is none. */
export type Gather = (key: string) => MirrorInput | undefined;

/** The depth to which two readings are compared: below are objects of caches, and the applied state of egress pods. */
const levels = 8;

/**
 * Makes the one {@link Gather} that the three mirror controllers share. It reads all caches each time, which costs
 * little, and derives a new input only if something has changed. So one change leads to one new input, whichever of
 * the three asks first, and the input is never older than the caches.
 *
 * @param most inputs that are kept at most: the three controllers ask for each within a moment
 */
export function createGather(sources: MirrorSources, most = 500): Gather {
  const known = new Map<string, { readonly reading: Reading; readonly input: MirrorInput }>();
  return (key) => {
    const mirror = sources.caches.mirrors.get(key);
    const before = known.get(key);
    known.delete(key);
    if (mirror === undefined) return undefined;
    const reading = read(mirror, sources);
    const isSame = before !== undefined && alike(before.reading, reading, levels);
    const now = isSame ? before : { reading, input: conclude(reading) };
    known.set(key, now);
    // the first one was asked for the longest time ago
    if (known.size > most) known.delete(known.keys().next().value ?? '');
    return now.input;
  };
}

/** Everything that is read for one mirror; the input follows from it alone. */
interface Reading {
  readonly view: MirrorView;
  readonly backends: NonEmpty<BackendReading>;
}

function conclude({ view, backends: [first, ...others] }: Reading): MirrorInput {
  const conclusion = (reading: BackendReading) => backendOf(reading, matches);
  return { view, backends: [conclusion(first), ...others.map(conclusion)] };
}

function read(mirror: Readonly<ServiceMirror>, sources: MirrorSources): Reading {
  const view = readMirror(mirror, sources);
  const services = backendsOfSpec(mirror);
  const readingOf = (backend: RemoteService) => {
    const slices = view.slices.filter(
      (slice) => services.find((service) => isSliceOf(slice, service)) === backend,
    );
    return readBackend(backend, { ...view, slices }, sources);
  };
  const [first, ...others] = services;
  return { view, backends: [readingOf(first), ...others.map(readingOf)] };
}

function readMirror(mirror: Readonly<ServiceMirror>, sources: MirrorSources): MirrorView {
  const { caches, families } = sources;
  const namespaceName = mirror.metadata.namespace ?? '';
  const serviceKey = indexOf.localService(namespaceName, localName(mirror));
  const namespace = caches.namespaces.get(namespaceName);
  const local = caches.services.get(serviceKey);
  return {
    mirror,
    problems: problemsOfMirror(mirror),
    ...(namespace !== undefined && { namespace }),
    ...(local !== undefined && { local }),
    slices:
      local === undefined
        ? []
        : caches.slices.by('service', serviceKey).filter((slice) => isOwned(slice, local)),
    absentFamilies: families.absent(),
    isMeshed: federatedService(mirror) !== undefined && isMeshed(mirror, sources),
  };
}

/** A Link that is not known, or not sound, says nothing against it. */
function isMeshed(mirror: Readonly<ServiceMirror>, { links }: MirrorSources): boolean {
  const known = backendsOfSpec(mirror).flatMap(({ cluster }) => links.get(cluster)?.spec.transport ?? []);
  return known.length > 0 && known.every((transport) => transport === 'linkerd');
}

/** No gateway takes part in reaching pods of this cluster. */
const nothingNeeded: GatewayFacts = { egress: { complete: true, pods: [] } };

function readBackend(
  backend: RemoteService,
  view: MirrorView,
  { caches, remotes, ports, links, facts }: MirrorSources,
): BackendReading {
  const { cluster, namespace, name } = backend;
  const isLocal = cluster === localCluster;
  const link = isLocal ? localLink : links.get(cluster);
  // Services of this cluster are read for mirrors of their own namespace, and nobody else learns of them
  const isForeign = isLocal && namespace !== view.mirror.metadata.namespace;
  const remote = isForeign ? undefined : remotes.view(cluster, namespace, name);
  const seen: BackendView = {
    ...view,
    backend,
    ...(link !== undefined && { link }),
    linkProblems: isLocal ? [] : links.problems(cluster),
    ...(remote !== undefined && { remote }),
    gatewayPorts: ports.held(view.mirror, backend),
  };
  return {
    view: needsPods(seen) ? { ...seen, pods: readPods(seen, caches) } : seen,
    ...(link !== undefined && { facts: isLocal ? nothingNeeded : facts(cluster) }),
  };
}
