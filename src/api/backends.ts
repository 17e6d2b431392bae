import type { BackendStatus, MirroredPort } from './mirrorstatus.js';
import type { ServiceMirror } from './servicemirror.js';

/** The name that stands for this cluster itself in `spec.clusters`; no Link has it. */
export const localCluster = 'local';

/** A service of a remote cluster; the cluster is named by its Link, or is {@link localCluster}. */
export interface RemoteService {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  /** The host name of one pod of a headless service; absent: the service as a whole. */
  readonly hostname?: string;
}

/** The place of a backend among those of its mirror. */
export interface Place {
  /** Backends of a lower number serve first. */
  readonly priority: number;
  /** Its part of the connections of all backends that serve; 0: none. */
  readonly weight: number;
}

/** One backend in the status of a mirror. */
export interface BackendRecord extends RemoteService {
  /** The mirrored ports, with the egress ports that lead to this service. */
  readonly ports: readonly MirroredPort[];
  /** Its place among several backends; absent: the mirror has one backend. */
  readonly place?: Place & Pick<BackendStatus, 'state'>;
}

/** A list that has a first element. */
export type NonEmpty<T> = readonly [T, ...T[]];

/** The services that the spec of a mirror names, one for each backend, in the order of the spec. */
export function backendsOfSpec({ metadata, spec }: Readonly<ServiceMirror>): NonEmpty<RemoteService> {
  const { name, namespace = metadata.namespace ?? '', hostname } = spec.service;
  const [first, ...others] = spec.clusters ?? [];
  const pod = hostname === undefined ? {} : { hostname };
  const of = (cluster: string): RemoteService => ({ cluster, namespace, name, ...pod });
  // a spec that names no cluster is not valid, and its mirror says so
  return first === undefined
    ? [of(spec.cluster ?? '')]
    : [of(first.name), ...others.map((one) => of(one.name))];
}

/** Whether the mirror is one of several clusters, even if its spec names one. */
export function hasClusters({ spec }: Readonly<Pick<ServiceMirror, 'spec'>>): boolean {
  return spec.clusters !== undefined;
}

/** The place that the spec gives to the backend of that cluster. */
export function placeOf({ spec }: Readonly<ServiceMirror>, cluster: string): Place {
  const { priority = 0, weight = 1 } = spec.clusters?.find(({ name }) => name === cluster) ?? {};
  return { priority, weight };
}

/**
 * The backends in the status of a mirror; none before the status says where the ports lead. Gateways may follow a
 * status, unlike a spec, because only the operator writes it.
 */
export function backendsOfStatus({
  status,
}: Readonly<Pick<ServiceMirror, 'status'>>): readonly BackendRecord[] {
  const { source, ports = [], backends } = status ?? {};
  if (backends !== undefined)
    return backends.map(({ cluster, namespace, name, ports: own = [], state, priority, weight }) => ({
      ...{ cluster, namespace, name, ports: own },
      place: { state, priority, weight },
    }));
  if (source === undefined) return [];
  const { cluster, namespace, name, hostname } = source;
  return [{ cluster, namespace, name, ...(hostname !== undefined && { hostname }), ports }];
}

/** Whether both are the same service of the same cluster, or the same pod of it. */
export function isSameService(one: RemoteService, other: RemoteService): boolean {
  return one.cluster === other.cluster && nameOfService(one) === nameOfService(other);
}

/** Namespace and name of a remote service in one word, as in `shop/db`, and of one pod of it, as in `shop/db-0.db`. */
export function nameOfService({ namespace, name, hostname }: Omit<RemoteService, 'cluster'>): string {
  return `${namespace}/${hostname === undefined ? name : `${hostname}.${name}`}`;
}
