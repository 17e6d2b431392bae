import type { MirroredPort } from './mirrorstatus.js';
import type { ServiceMirror } from './servicemirror.js';

/** A service of a remote cluster; the cluster is named by its Link. */
export interface RemoteService {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
}

/** One backend in the status of a mirror. */
export interface BackendRecord extends RemoteService {
  /** The mirrored ports, with the egress ports that lead to this service. */
  readonly ports: readonly MirroredPort[];
}

/** A list that has a first element. */
export type NonEmpty<T> = readonly [T, ...T[]];

/** The services that the spec of a mirror names, one for each backend. */
export function backendsOfSpec({ metadata, spec }: Readonly<ServiceMirror>): NonEmpty<RemoteService> {
  const { name, namespace = metadata.namespace ?? '' } = spec.service;
  return [{ cluster: spec.cluster, namespace, name }];
}

/**
 * The backends in the status of a mirror; none before the status says where the ports lead. Gateways may follow a
 * status, unlike a spec, because only the operator writes it.
 */
export function backendsOfStatus({
  status,
}: Readonly<Pick<ServiceMirror, 'status'>>): readonly BackendRecord[] {
  const { source, ports = [] } = status ?? {};
  if (source === undefined) return [];
  const { cluster, namespace, name } = source;
  return [{ cluster, namespace, name, ports }];
}

/** Whether both are the same service of the same cluster. */
export function isSameService(one: RemoteService, other: RemoteService): boolean {
  return one.cluster === other.cluster && one.namespace === other.namespace && one.name === other.name;
}
