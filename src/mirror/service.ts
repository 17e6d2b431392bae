import type { Service, ServicePort } from '../api/objects.js';
import { carries } from './accept.js';
import { controllerRef, ownAnnotations, ownLabels, takenOver } from './metadata.js';
import { isHeadless, isOwned } from './source.js';
import {
  localName,
  type KnownSource,
  type MirrorView,
  type Objection,
  type Source,
  type TransportLimits,
  type TransportMetadata,
} from './view.js';

/** A Service as it is written: `null` says that a field must be absent. */
export type DesiredService = Omit<Service, 'spec' | 'status'> & {
  spec: { [K in keyof Service['spec']]: Service['spec'][K] | null };
};

/** What to do about the local Service. */
export type ServiceDecision =
  | { readonly kind: 'keep' }
  | { readonly kind: 'write'; readonly service: DesiredService }
  /** A cluster IP cannot become none, nor the other way round: the Service has to be made anew. */
  | { readonly kind: 'replace'; readonly obsolete: Readonly<Service> };

/** What the decision looks at beside the view. */
export interface ServiceInput {
  readonly view: MirrorView;
  readonly source: Source;
  readonly objection: Objection | undefined;
  readonly limits: TransportLimits | undefined;
  readonly metadata: TransportMetadata | undefined;
}

/**
 * Decides the local Service. Only a live source writes it: whatever else is wrong, an existing Service and its cluster
 * IP stay as they are.
 */
export function decideService({ view, source, objection, limits, metadata }: ServiceInput): ServiceDecision {
  if (source.kind !== 'live' || objection !== undefined || limits === undefined) return { kind: 'keep' };
  const { local, mirror } = view;
  // what is being deleted cannot be made anew before its finalizers are done, and its last fields are of no use to anybody
  if (local?.metadata.deletionTimestamp !== undefined) return { kind: 'keep' };
  if (local !== undefined && isOwned(local, mirror) && isHeadless(local) !== source.headless)
    return { kind: 'replace', obsolete: local };
  return { kind: 'write', service: desiredService(view, source, limits, metadata) };
}

function desiredService(
  view: MirrorView,
  source: KnownSource,
  limits: TransportLimits,
  extra: TransportMetadata | undefined,
): DesiredService {
  const { mirror, link } = view;
  const taken = takenOver(source.service?.metadata, link?.spec.imports);
  const affinity =
    limits.sessionAffinity && source.service?.spec.sessionAffinity === 'ClientIP' ? 'ClientIP' : 'None';
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: localName(mirror),
      namespace: mirror.metadata.namespace ?? '',
      labels: { ...taken.labels, ...ownLabels(view), ...extra?.labels },
      annotations: { ...taken.annotations, ...ownAnnotations(view), ...extra?.annotations },
      ownerReferences: [controllerRef(mirror)],
    },
    spec: {
      type: 'ClusterIP',
      ...(source.headless && { clusterIP: 'None' }),
      ports: source.ports.filter((port) => carries(limits, port.protocol)).map(servicePort),
      // a selector would make the cluster's own slice controller write endpoints beside ours
      selector: null,
      externalIPs: null,
      sessionAffinity: affinity,
      sessionAffinityConfig:
        affinity === 'ClientIP' ? (source.service?.spec.sessionAffinityConfig ?? null) : null,
      publishNotReadyAddresses: source.service?.spec.publishNotReadyAddresses === true ? true : null,
    },
  };
}

function servicePort(port: ServicePort): ServicePort {
  return {
    ...(port.name !== undefined && port.name !== '' && { name: port.name }),
    port: port.port,
    protocol: port.protocol ?? 'TCP',
    // slices are matched by port name, so this is only what the server would fill in
    targetPort: port.port,
    ...(port.appProtocol !== undefined && { appProtocol: port.appProtocol }),
  };
}
