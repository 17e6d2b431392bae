import type { MirroredPort } from './mirrorstatus.js';
import type { ServiceMirror } from './servicemirror.js';

/** A service of a remote cluster, which is named by its Link. */
export interface RemoteService {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
}

/** What the status of a mirror says of one backend. */
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
 * The backends that the status of a mirror tells of; none before it says where its ports lead. The operator alone writes
 * a status, so that its egress ports may be followed, unlike what the spec has come to ask for.
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
