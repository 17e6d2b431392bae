import { placeOf } from '../api/backends.js';
import type { Service } from '../api/objects.js';
import { adoptedFields, adoptionOf, whyNotAdopted, type AdoptedFields } from './adoption.js';
import { familiesServed, isAnyUnseen, leadingBackend, type LiveBackend } from './backends.js';
import type { Family } from '../endpoints/family.js';
import { controllerRef, ownAnnotations, ownLabels, takenOver } from './metadata.js';
import { specOf, unchangeable, type DesiredSpec } from './servicespec.js';
import { isOwned } from './source.js';
import { keyOfPort, portsOfMirror } from './shownports.js';
import {
  goingOf,
  localName,
  type KnownSource,
  type MirrorInput,
  type MirrorView,
  type TransportMetadata,
} from './view.js';

/** A Service to write: `null` means that a field must be absent. */
export type DesiredService = Omit<Service, 'spec' | 'status'> & { spec: DesiredSpec };

/** The decision about the local Service. */
export type ServiceDecision =
  | { readonly kind: 'keep' }
  | { readonly kind: 'write'; readonly service: DesiredService }
  /** A Service that Linkerd made becomes the mirror's. */
  | { readonly kind: 'adopt'; readonly local: Readonly<Service>; readonly fields: AdoptedFields }
  /** The Service has to be replaced: its cluster IP cannot be changed, removed or added. */
  | {
      readonly kind: 'replace';
      readonly obsolete: Readonly<Service>;
      /** The property of the mirror's endpoints that requires it. */
      readonly because: string;
    };

/**
 * Decides the local Service. Only a live source leads to a write: whatever else is wrong, an existing Service and its
 * cluster IP stay as they are.
 */
export function decideService(input: MirrorInput): ServiceDecision {
  const leading = leadingBackend(input);
  if (leading === undefined) return { kind: 'keep' };
  const { local, mirror } = input.view;
  // a Service that is being deleted cannot be replaced before its finalizers are done, and nobody needs its last
  // fields
  if (local?.metadata.deletionTimestamp !== undefined) return { kind: 'keep' };
  const families = familiesServed(input);
  const isGoing = goingOf(input.view) !== undefined;
  if (local !== undefined && isOwned(local, mirror)) {
    const because = unchangeable(local, leading.source, families);
    if (because !== undefined)
      return isGoing ? { kind: 'keep' } : { kind: 'replace', obsolete: local, because };
  } else if (isGoing) return { kind: 'keep' };
  const service = desiredService(input, leading, families);
  if (local === undefined || isOwned(local, mirror) || adoptionOf(mirror) === undefined)
    return { kind: 'write', service };
  // it keeps its cluster IP, so that it is not taken over if that would have to change
  if (
    unchangeable(local, leading.source, families) !== undefined ||
    whyNotAdopted(mirror, local) !== undefined
  )
    return { kind: 'keep' };
  const target = { desired: service.metadata, imports: leading.view.link?.spec.imports };
  return { kind: 'adopt', local, fields: adoptedFields(mirror, local, target) };
}

function desiredService(
  input: MirrorInput,
  leading: LiveBackend,
  families: readonly Family[] | undefined,
): DesiredService {
  const { view, backends } = input;
  const { mirror } = view;
  const { link } = leading.view;
  const { limits } = leading;
  const metadata = view.isMeshed ? metadataOfAll(input) : leading.metadata;
  const source = isAnyUnseen(input) ? withPortsOf(view, leading.source) : leading.source;
  const taken = takenOver(source.service?.metadata, link?.spec.imports);
  // the first backend names the Service, whichever it follows now, so that nothing changes in it when another one
  // leads
  const { backend } = backends[0].view;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: localName(mirror),
      namespace: mirror.metadata.namespace ?? '',
      labels: { ...taken.labels, ...ownLabels(mirror, backend), ...metadata?.labels },
      annotations: { ...taken.annotations, ...ownAnnotations(backend), ...metadata?.annotations },
      ownerReferences: [controllerRef(mirror)],
    },
    spec: specOf({ source, limits, families }),
  };
}

/** What Linkerd's proxies read of a federated mirror: of all clusters that may serve, whichever leads. */
function metadataOfAll({ view, backends }: MirrorInput): Pick<TransportMetadata, 'labels' | 'annotations'> {
  const all = backends.flatMap(({ notAccepted, metadata, view: { backend } }) =>
    notAccepted === undefined && metadata !== undefined && placeOf(view.mirror, backend.cluster).weight > 0
      ? [metadata]
      : [],
  );
  const entries = all.flatMap(({ annotations }) => Object.entries(annotations));
  const together = Map.groupBy(entries, ([key]) => key);
  return {
    labels: Object.assign({}, ...all.map(({ labels }) => labels)) as Record<string, string>,
    annotations: Object.fromEntries(
      [...together].map(([key, values]) => [key, values.map(([, value]) => value).join(',')]),
    ),
  };
}

/** A cluster that has not been seen yet may have ports that the leading one lacks: the Service keeps those that it has. */
function withPortsOf(view: MirrorView, source: KnownSource): KnownSource {
  const known = new Set(source.ports.flatMap((port) => [keyOfPort(port), `${port.name ?? ''}`]));
  const kept = portsOfMirror(view).filter(
    (port) => !known.has(keyOfPort(port)) && (port.name === undefined || !known.has(port.name)),
  );
  const ports = [...source.ports, ...kept];
  // the API server takes a port without a name only alone; then what is seen counts
  return ports.length > 1 && ports.some(({ name = '' }) => name === '') ? source : { ...source, ports };
}
