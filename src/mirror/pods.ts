import { hasClusters } from '../api/backends.js';
import { conditionOf, mirrorReasons, type MirrorReason } from '../api/conditions.js';
import { dnsLabel } from '../api/formats.js';
import { joinName, keys, managedBy, mostHostnames } from '../api/names.js';
import type { EndpointSlice } from '../api/objects.js';
import { apiVersion, serviceMirrors } from '../api/resources.js';
import type { ServiceMirror } from '../api/servicemirror.js';
import { isHeadless } from './source.js';
import { goingOf, localName, type Backend, type BackendView, type PodMirror, type Reason } from './view.js';

/** A host name that is gone keeps its mirror, and so its address, for this long (ms): most often its pod comes back. */
export const podPatience = 60_000;

/** Whether a mirror needs a mirror for each pod: it is headless, and its traffic goes through gateways. */
export function needsPods({ mirror, backend, link, remote }: BackendView): boolean {
  if (backend.hostname !== undefined || hasClusters(mirror)) return false;
  if (link === undefined || link.spec.transport === 'flat') return false;
  return remote?.synced === true && remote.service !== undefined && isHeadless(remote.service);
}

/** The host names in the slices of another cluster, in order, and whether there are more than are mirrored. */
export function hostnamesOf(slices: readonly Readonly<EndpointSlice>[]): {
  readonly names: readonly string[];
  readonly more: boolean;
} {
  const { pattern, maxLength } = dnsLabel('');
  const all = new Set(slices.flatMap(({ endpoints }) => (endpoints ?? []).map(({ hostname }) => hostname)));
  const names = [...all].filter(
    (name): name is string => name !== undefined && name.length <= maxLength && pattern.test(name),
  );
  return { names: names.toSorted().slice(0, mostHostnames), more: names.length > mostHostnames };
}

/** The name of the mirror of that pod. */
export function podMirrorName(mirror: Readonly<ServiceMirror>, hostname: string): string {
  return joinName(localName(mirror), hostname);
}

/** The host name for which a mirror was made; undefined: it is none that this parent makes. */
export function hostnameOf(
  child: Readonly<ServiceMirror>,
  parent: Readonly<ServiceMirror>,
): string | undefined {
  const { hostname } = child.spec.service;
  if (hostname === undefined || podMirrorName(parent, hostname) !== child.metadata.name) return undefined;
  return hostname;
}

/** The decision about the mirrors of a mirror's pods. */
export type PodsDecision =
  /** It is not known which ones there should be. */
  | { readonly kind: 'keep' }
  | {
      readonly kind: 'write';
      readonly mirrors: readonly {
        readonly wish: ServiceMirror;
        readonly present?: Readonly<ServiceMirror>;
      }[];
      readonly surplus: readonly Readonly<ServiceMirror>[];
      /** Names of mirrors whose host name is gone, and that stay for a while. */
      readonly waiting: readonly string[];
    };

/**
 * Decides the mirrors of pods. Their names come from another cluster: there are never more than {@link mostHostnames},
 * those that wait included.
 *
 * @param made the mirrors that this one has made
 * @param goneFor how long (ms) the host name of the mirror of that name is gone
 */
export function decidePods(
  { view, source, notAccepted }: Pick<Backend, 'view' | 'source' | 'notAccepted'>,
  made: readonly Readonly<ServiceMirror>[],
  goneFor: (name: string) => number,
): PodsDecision {
  // of a Link that is not sound, or a service that is not accepted, it is not known what pods would need
  if (source.kind !== 'live' || notAccepted !== undefined || goingOf(view) !== undefined)
    return { kind: 'keep' };
  const { pods } = view;
  if (pods === undefined) return { kind: 'write', mirrors: [], surplus: made, waiting: [] };
  const there = pods.filter(({ isThere }) => isThere);
  const known = new Set(pods.map(({ name }) => name));
  // those that have gone last wait first
  const gone = pods
    .flatMap(({ isThere, mirror }) => (isThere || mirror === undefined ? [] : [mirror]))
    .toSorted((a, b) => goneFor(a.metadata.name) - goneFor(b.metadata.name));
  const room = mostHostnames - there.length;
  const waits = (mirror: Readonly<ServiceMirror>, at: number) =>
    at < room && goneFor(mirror.metadata.name) < podPatience;
  return {
    kind: 'write',
    mirrors: there
      .filter(({ isTaken }) => !isTaken)
      .map(({ hostname, mirror }) => ({
        wish: wishOf(view, hostname),
        ...(mirror !== undefined && { present: mirror }),
      })),
    surplus: [
      ...made.filter(({ metadata }) => !known.has(metadata.name)),
      ...gone.filter((mirror, at) => !waits(mirror, at)),
    ],
    waiting: gone.filter(waits).map(({ metadata }) => metadata.name),
  };
}

function wishOf({ mirror, backend }: BackendView, hostname: string): ServiceMirror {
  const name = podMirrorName(mirror, hostname);
  const pooled = mirror.metadata.annotations?.[keys.pooledPorts];
  return {
    ...{ apiVersion, kind: serviceMirrors.kind },
    metadata: {
      ...{ name, namespace: mirror.metadata.namespace ?? '' },
      labels: {
        [keys.managedBy]: managedBy,
        [keys.link]: backend.cluster,
        [keys.headlessMirror]: localName(mirror),
      },
      ...(pooled !== undefined && { annotations: { [keys.pooledPorts]: pooled } }),
    },
    spec: {
      ...{ cluster: backend.cluster, name },
      service: { name: backend.name, namespace: backend.namespace, hostname },
      ...(mirror.spec.ports !== undefined && { ports: mirror.spec.ports }),
    },
  };
}

/** Whether connections to that pod work, as far as this cluster can know. */
export function isPodReady({ mirror }: PodMirror): boolean {
  return conditionOf(mirror, 'Ready')?.status === 'True';
}

/** Why a pod cannot be called; undefined: it can, or is on its way. */
export function whyPodNot({ mirror, isTaken, name }: PodMirror): Reason | undefined {
  if (isTaken)
    return {
      reason: 'NameConflict',
      message: `a ServiceMirror "${name}" that is not this mirror's already exists; delete or rename it`,
    };
  const { status, reason = '', message = '' } = conditionOf(mirror, 'Ready') ?? {};
  if (status !== 'False' || !isReason(reason) || reason === 'Pending') return undefined;
  return { reason, message };
}

function isReason(text: string): text is MirrorReason {
  return text in mirrorReasons;
}
