import { joinName, keys, managedBy } from '../api/names.js';
import type { Endpoint, EndpointSlice, Service } from '../api/objects.js';
import { controllerRef, ownAnnotations, ownLabels } from './metadata.js';
import { isOwned } from './source.js';
import {
  goingOf,
  type TransportAnswer,
  type MirrorView,
  type Reason,
  type SliceContent,
  type Source,
  type TransportMetadata,
} from './view.js';

/** Most endpoints in a slice, as in the cluster's own controller (KEP-752). */
export const maxEndpoints = 100;

/** The decision about the slices of one mirror. */
export type SlicesDecision =
  { readonly kind: 'keep' } | { readonly kind: 'write'; readonly slices: readonly EndpointSlice[] };

/** The input of the decision beside the view. */
export interface SlicesInput {
  readonly view: MirrorView;
  readonly source: Source;
  readonly notAccepted: Reason | undefined;
  readonly answer: TransportAnswer | undefined;
  readonly metadata: TransportMetadata | undefined;
}

/**
 * Decides the slices. They exist only together with a Service of ours. If the mirror may no longer carry traffic (its
 * Link or its remote service is gone), the slices stay and become not ready.
 */
export function decideSlices({ view, source, notAccepted, answer, metadata }: SlicesInput): SlicesDecision {
  const { local, mirror } = view;
  if (local === undefined || !isOwned(local, mirror)) return { kind: 'keep' };
  if (notAccepted !== undefined || source.kind === 'absent')
    return { kind: 'write', slices: view.slices.map(unready) };
  if (source.kind === 'unknown' || answer === undefined || answer.kind === 'keep') {
    // slices of the service that the mirror named before must not serve
    const isStale = (slice: Readonly<EndpointSlice>) => !isOf(slice, view);
    if (!view.slices.some(isStale)) return { kind: 'keep' };
    return { kind: 'write', slices: view.slices.map((slice) => (isStale(slice) ? unready(slice) : slice)) };
  }
  const wanted = name(answer.slices.flatMap(split), local, { view, metadata });
  if (goingOf(view) === undefined && local.metadata.deletionTimestamp === undefined)
    return { kind: 'write', slices: wanted };
  // whoever deletes it may have begun with the slices
  const there = new Set(view.slices.map(({ metadata: { name: known } }) => known));
  return { kind: 'write', slices: wanted.filter((slice) => there.has(slice.metadata.name)) };
}

/** Whether a slice was written for the remote service that the mirror names now. */
function isOf({ metadata }: Readonly<EndpointSlice>, view: MirrorView): boolean {
  const is = (wanted: Readonly<Record<string, string>>, found: Readonly<Record<string, string>> = {}) =>
    Object.entries(wanted).every(([key, value]) => (found[key] ?? value) === value);
  const { [keys.link]: link = '' } = ownLabels(view);
  return is({ [keys.link]: link }, metadata.labels) && is(ownAnnotations(view), metadata.annotations);
}

/** The same endpoints, neither ready nor serving. */
function unready(slice: Readonly<EndpointSlice>): EndpointSlice {
  const endpoints = slice.endpoints?.map((endpoint) => ({
    ...endpoint,
    // a proxy falls back to endpoints that still serve while they terminate (KEP-1669)
    conditions: { ...endpoint.conditions, ready: false, serving: false },
  }));
  const { name, namespace, labels, annotations, ownerReferences } = slice.metadata;
  return {
    ...slice,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(labels !== undefined && { labels }),
      ...(annotations !== undefined && { annotations }),
      ...(ownerReferences !== undefined && { ownerReferences }),
    },
    ...(endpoints !== undefined && { endpoints }),
  };
}

function split(content: SliceContent): SliceContent[] {
  const { endpoints } = content;
  const chunks: Endpoint[][] = [];
  for (let start = 0; start < endpoints.length; start += maxEndpoints)
    chunks.push(endpoints.slice(start, start + maxEndpoints));
  return chunks.map((chunk) => ({ ...content, endpoints: chunk }));
}

function name(
  contents: readonly SliceContent[],
  service: Readonly<Service>,
  { view, metadata }: Pick<SlicesInput, 'view' | 'metadata'>,
): EndpointSlice[] {
  const counters = new Map<string, number>();
  return contents.map((content) => {
    const family = content.addressType.toLowerCase();
    const index = counters.get(family) ?? 0;
    counters.set(family, index + 1);
    return {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        name: joinName(service.metadata.name, 'mirror', family, String(index)),
        namespace: service.metadata.namespace ?? '',
        labels: {
          ...ownLabels(view),
          ...metadata?.labels,
          [keys.serviceName]: service.metadata.name,
          [keys.sliceManagedBy]: managedBy,
        },
        annotations: { ...ownAnnotations(view), ...metadata?.annotations, ...metadata?.sliceAnnotations },
        ownerReferences: [controllerRef(service)],
      },
      addressType: content.addressType,
      endpoints: [...content.endpoints],
      ports: [...content.ports],
    };
  });
}
