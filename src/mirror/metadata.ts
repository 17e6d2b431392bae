import { nameOfService, type RemoteService } from '../api/backends.js';
import type { Imports } from '../api/link.js';
import { joinName, keys, managedBy } from '../api/names.js';
import { neverTravels } from '../api/travelling.js';
import type { ObjectMeta, OwnerReference } from '../api/objects.js';
import type { ServiceMirror } from '../api/servicemirror.js';
import { steers } from './steering.js';

/** Which remote labels and annotations travel to a mirror. */
export interface Travel {
  /** @default Safe */
  readonly metadata?: Imports['metadata'] | undefined;
  readonly excluded?: readonly string[] | undefined;
}

/** The entries of a remote object that travel to its mirror; an exclusion is a key or `prefix/*`. */
export function travelling(
  entries: Readonly<Record<string, string>> | undefined,
  { metadata = 'Safe', excluded = [] }: Travel = {},
): Record<string, string> {
  if (metadata === 'None') return {};
  const stays = (key: string) =>
    neverTravels(key) ||
    (metadata === 'Safe' && steers(key)) ||
    excluded.some((rule) => rule === key || (rule.endsWith('/*') && key.startsWith(rule.slice(0, -1))));
  return Object.fromEntries(Object.entries(entries ?? {}).filter(([key]) => !stays(key)));
}

/** The labels of everything that we write for a mirror and one of its backends. */
export function ownLabels(
  { metadata }: Readonly<ServiceMirror>,
  { cluster }: RemoteService,
): Record<string, string> {
  return {
    [keys.managedBy]: managedBy,
    [keys.link]: cluster,
    [keys.serviceMirror]: joinName(metadata.name),
  };
}

/** The annotation that names the remote service. */
export function ownAnnotations(service: RemoteService): Record<string, string> {
  return { [keys.remoteService]: nameOfService(service) };
}

/** The labels and annotations that a mirror gets from the remote service. */
export function takenOver(
  remote: Pick<ObjectMeta, 'labels' | 'annotations'> | undefined,
  imports: Imports | undefined,
): { labels: Record<string, string>; annotations: Record<string, string> } {
  return {
    labels: travelling(remote?.labels, { metadata: imports?.metadata, excluded: imports?.excludedLabels }),
    annotations: travelling(remote?.annotations, {
      metadata: imports?.metadata,
      excluded: imports?.excludedAnnotations,
    }),
  };
}

/** A controller reference; `blockOwnerDeletion` stays unset, so that no finalizer right is needed. */
export function controllerRef(owner: {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid ?? '',
    controller: true,
  };
}
