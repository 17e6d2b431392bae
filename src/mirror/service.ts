import type { Service } from '../api/objects.js';
import { familiesOf, type Family } from './family.js';
import { controllerRef, ownAnnotations, ownLabels, takenOver } from './metadata.js';
import { specOf, type DesiredSpec, type SpecInput } from './servicespec.js';
import { isHeadless, isOwned } from './source.js';
import {
  localName,
  type KnownSource,
  type MirrorView,
  type Reason,
  type Source,
  type TransportLimits,
  type TransportMetadata,
} from './view.js';

/** A Service as it is written: `null` says that a field must be absent. */
export type DesiredService = Omit<Service, 'spec' | 'status'> & { spec: DesiredSpec };

/** What to do about the local Service. */
export type ServiceDecision =
  | { readonly kind: 'keep' }
  | { readonly kind: 'write'; readonly service: DesiredService }
  /** A cluster IP can neither become none or another, nor the other way round: the Service has to be made anew. */
  | {
      readonly kind: 'replace';
      readonly obsolete: Readonly<Service>;
      /** What of the mirror's endpoints asks for it. */
      readonly because: string;
    };

/** What the decision looks at beside the view. */
export interface ServiceInput {
  readonly view: MirrorView;
  readonly source: Source;
  readonly notAccepted: Reason | undefined;
  readonly limits: TransportLimits | undefined;
  readonly metadata: TransportMetadata | undefined;
  /** The families that the mirror's endpoints have; absent: not known, or of no account. */
  readonly families?: readonly Family[] | undefined;
}

/**
 * Decides the local Service. Only a live source writes it: whatever else is wrong, an existing Service and its cluster
 * IP stay as they are.
 */
export function decideService({ view, source, notAccepted, ...input }: ServiceInput): ServiceDecision {
  const { limits, metadata, families } = input;
  if (source.kind !== 'live' || notAccepted !== undefined || limits === undefined) return { kind: 'keep' };
  const { local, mirror } = view;
  // what is being deleted cannot be made anew before its finalizers are done, and its last fields are of no use to anybody
  if (local?.metadata.deletionTimestamp !== undefined) return { kind: 'keep' };
  if (local !== undefined && isOwned(local, mirror)) {
    const because = inTheWay(local, source, families);
    if (because !== undefined) return { kind: 'replace', obsolete: local, because };
  }
  return { kind: 'write', service: desiredService(view, { source, limits, families }, metadata) };
}

/** What cannot be changed in a Service: whether it has a cluster IP, and the family of the first one. */
function inTheWay(
  local: Readonly<Service>,
  source: KnownSource,
  families: readonly Family[] | undefined,
): string | undefined {
  if (isHeadless(local) !== source.headless)
    return source.headless ? 'the remote service is headless now' : 'the remote service has a cluster IP now';
  const [only, other] = families ?? [];
  if (source.headless || only === undefined || other !== undefined) return undefined;
  if ((local.spec.clusterIP ?? '') === '') return undefined;
  return familiesOf(local)[0] === only ? undefined : `its endpoints have ${only} addresses now`;
}

function desiredService(
  view: MirrorView,
  input: SpecInput,
  extra: TransportMetadata | undefined,
): DesiredService {
  const { mirror, link } = view;
  const taken = takenOver(input.source.service?.metadata, link?.spec.imports);
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
    spec: specOf(input),
  };
}
