import { backendsOfSpec, type RemoteService } from '../api/backends.js';
import type { Imports } from '../api/link.js';
import { keys } from '../api/names.js';
import type { ObjectMeta, OwnerReference, Service } from '../api/objects.js';
import type { ServiceMirror } from '../api/servicemirror.js';
import { controllerRef, travelling, type Travel } from './metadata.js';
import { isOwned } from './source.js';

/** The fields of a Service of Linkerd's that make it a mirror's; null: the label or annotation goes. */
export interface AdoptedFields {
  readonly metadata: {
    readonly ownerReferences: readonly OwnerReference[];
    readonly labels: Readonly<Record<string, null>>;
    readonly annotations: Readonly<Record<string, null>>;
  };
}

/** What a Service is to become. */
export interface AdoptionTarget {
  readonly desired: Readonly<Pick<ObjectMeta, 'labels' | 'annotations'>>;
  readonly imports: Readonly<Imports> | undefined;
}

/** Whether Linkerd's service mirror made an object for one service of one cluster. */
export function isMadeByLinkerd({ metadata: { labels = {} } }: Readonly<Pick<Service, 'metadata'>>): boolean {
  return labels[keys.mirroredService] === 'true' && (labels[keys.clusterName] ?? '') !== '';
}

/** Whether Linkerd made a Service for the members of several clusters; it carries the name of none. */
function isFederated({ metadata }: Readonly<Pick<Service, 'metadata'>>): boolean {
  const { labels = {}, annotations = {} } = metadata;
  return (
    labels[keys.mirroredService] === 'true' &&
    labels[keys.clusterName] === undefined &&
    annotations[keys.remoteDiscovery] !== undefined
  );
}

/** The UID of the Service that the mirror is to take over, if its writer names one. */
export function adoptionOf({ metadata }: Readonly<ServiceMirror>): string | undefined {
  return metadata.annotations?.[keys.adoptService];
}

/** Whether the mirror has taken over this very Service. */
export function isAdopted(local: Readonly<Service>, mirror: Readonly<ServiceMirror>): boolean {
  return isOwned(local, mirror) && adoptionOf(mirror) === local.metadata.uid;
}

/**
 * Why a mirror may not take over a Service that is not its own; undefined: it may. Whoever may write ServiceMirrors need not
 * have rights to Services, so that the Service has to be one of Linkerd's that leads to the same remote service.
 */
export function whyNotAdopted(mirror: Readonly<ServiceMirror>, local: Readonly<Service>): string | undefined {
  const { name, uid, ownerReferences = [] } = local.metadata;
  const owner = ownerReferences.find(({ controller }) => controller === true);
  if (owner !== undefined) return `Service "${name}" belongs to ${owner.kind} "${owner.name}"`;
  if (!isMadeByLinkerd(local) && !isFederated(local))
    return `Service "${name}" is no mirror of Linkerd's: it lacks label ${keys.mirroredService}=true or ${keys.clusterName}`;
  const wanted = adoptionOf(mirror);
  if (uid === undefined || wanted !== uid)
    return `annotation ${keys.adoptService} names another UID than that of Service "${name}"; write what ${askUid(local)} prints`;
  return leadsElsewhere(mirror, local);
}

/** What is said of a Service of Linkerd's that leads to another service than the mirror; undefined: it leads to the same. */
function leadsElsewhere(mirror: Readonly<ServiceMirror>, local: Readonly<Service>): string | undefined {
  const { name, namespace, labels = {}, annotations = {} } = local.metadata;
  const backends = backendsOfSpec(mirror);
  if (isFederated(local)) {
    const members = annotations[keys.remoteDiscovery] ?? '';
    const isMember = (backend: RemoteService) =>
      backend.namespace === namespace && members.split(',').includes(`${backend.name}@${backend.cluster}`);
    return backends.some(isMember)
      ? undefined
      : `Service "${name}" is Linkerd's federation of ${shown(members)}; name one of these in spec.clusters and spec.service`;
  }
  const cluster = labels[keys.clusterName];
  const remote = annotations[keys.remoteFqName] ?? '';
  const leadsThere = backends.some(
    (backend) =>
      backend.cluster === cluster && remote.startsWith(`${backend.name}.${backend.namespace}.svc.`),
  );
  return leadsThere
    ? undefined
    : `Service "${name}" is Linkerd's mirror of ${shown(remote)} in cluster "${cluster}"; name that one in spec.cluster and spec.service`;
}

/** A foreign text within a message. */
function shown(text: string): string {
  return text === '' ? 'an unknown service' : text.slice(0, 253);
}

/** The command that prints a Service's UID. */
export function askUid({ metadata: { name, namespace } }: Readonly<Service>): string {
  return `kubectl --namespace ${namespace} get service ${name} --output jsonpath={.metadata.uid}`;
}

/**
 * What changes when the mirror takes over that Service, before it becomes like any other mirror's. Linkerd has copied all labels
 * and annotations of the remote Service and made some of its own: those that a mirror of this Link never has go, since other
 * tools, and Linkerd's own controller, act on them.
 */
export function adoptedFields(
  mirror: Readonly<ServiceMirror>,
  local: Readonly<Service>,
  { desired, imports }: AdoptionTarget,
): AdoptedFields {
  const { labels, annotations, ownerReferences = [] } = local.metadata;
  const { metadata } = imports ?? {};
  return {
    metadata: {
      ownerReferences: [...ownerReferences, controllerRef(mirror)],
      labels: going(labels, desired.labels, { metadata, excluded: imports?.excludedLabels }),
      annotations: going(annotations, desired.annotations, {
        metadata,
        excluded: imports?.excludedAnnotations,
      }),
    },
  };
}

/** The entries that a mirror has not, and that would not travel to it either. */
function going(
  entries: Readonly<Record<string, string>> = {},
  desired: Readonly<Record<string, string>> = {},
  travel: Travel,
): Record<string, null> {
  const stay = { ...travelling(entries, travel), ...desired };
  return Object.fromEntries(
    Object.keys(entries)
      .filter((key) => !Object.hasOwn(stay, key))
      .map((key) => [key, null]),
  );
}
