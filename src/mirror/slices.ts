import { keys, managedBy } from '../api/names.js';
import type { Endpoint, EndpointSlice, Service } from '../api/objects.js';
import { isSliceOf } from './backends.js';
import { controllerRef, ownAnnotations, ownLabels } from './metadata.js';
import { rolesOf } from './roles.js';
import { sliceName, sliceNames } from './slicenames.js';
import { isOwned } from './source.js';
import { goingOf, type Backend, type MirrorInput, type SliceContent } from './view.js';

/** Most endpoints in a slice, as in the cluster's own controller (KEP-752). */
export const maxEndpoints = 100;

/** The decision about the slices of one mirror. */
export type SlicesDecision =
  { readonly kind: 'keep' } | { readonly kind: 'write'; readonly slices: readonly EndpointSlice[] };

/**
 * Decides the slices, those of each backend separately. They exist only together with a Service of ours. If a backend
 * may no longer carry traffic (its Link or its remote service is gone), its slices stay and become not ready.
 */
export function decideSlices({ view, backends }: MirrorInput): SlicesDecision {
  const { local, mirror } = view;
  if (local === undefined || !isOwned(local, mirror)) return { kind: 'keep' };
  const roles = rolesOf({ view, backends });
  const prefixes = sliceNames(backends, local.metadata.name);
  const decisions = backends.map((backend, at) => {
    const decision = decideFor(backend, local, prefixes[at] ?? []);
    // only those that serve may be called
    return roles[at]?.state === 'Serving' ? decision : { ...decision, slices: decision.slices.map(unready) };
  });
  // slices of a service that the mirror named before must not serve
  const stale = view.slices.filter(
    (slice) => !backends.some((backend) => isSliceOf(slice, backend.view.backend)),
  );
  const isKept = decisions.every(({ kind }, at) => kind === 'keep' && roles[at]?.state === 'Serving');
  if (stale.length === 0 && isKept) return { kind: 'keep' };
  const wanted = decisions.flatMap((decision) => decision.slices);
  const names = new Set(wanted.map(({ metadata }) => metadata.name));
  // they are removed once every backend has its own; one whose name another backend has now becomes that backend's
  const left = decisions.every(({ kind }) => kind === 'replace')
    ? []
    : stale.filter(({ metadata }) => !names.has(metadata.name)).map(unready);
  const slices = [...wanted, ...left];
  if (goingOf(view) === undefined && local.metadata.deletionTimestamp === undefined)
    return { kind: 'write', slices };
  // its deleter may have begun with the slices
  const there = new Set(view.slices.map(({ metadata }) => metadata.name));
  return { kind: 'write', slices: slices.filter(({ metadata }) => there.has(metadata.name)) };
}

/** The decision about the slices of one backend. */
interface BackendDecision {
  readonly kind: 'keep' | 'withdraw' | 'replace';
  readonly slices: readonly EndpointSlice[];
}

function decideFor(backend: Backend, local: Readonly<Service>, prefix: readonly string[]): BackendDecision {
  const { view, source, notAccepted, answer } = backend;
  if (notAccepted !== undefined || source.kind === 'absent')
    return { kind: 'withdraw', slices: view.slices.map(unready) };
  if (source.kind === 'unknown' || answer === undefined || answer.kind === 'keep')
    return { kind: 'keep', slices: view.slices };
  return { kind: 'replace', slices: name(answer.slices.flatMap(split), backend, { local, prefix }) };
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
  { view: { mirror, backend }, metadata }: Backend,
  { local, prefix }: { local: Readonly<Service>; prefix: readonly string[] },
): EndpointSlice[] {
  const counters = new Map<string, number>();
  return contents.map((content) => {
    const family = content.addressType;
    const index = counters.get(family) ?? 0;
    counters.set(family, index + 1);
    return {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        name: sliceName(prefix, family, index),
        namespace: local.metadata.namespace ?? '',
        labels: {
          ...ownLabels(mirror, backend),
          ...metadata?.labels,
          [keys.serviceName]: local.metadata.name,
          [keys.sliceManagedBy]: managedBy,
        },
        annotations: { ...ownAnnotations(backend), ...metadata?.annotations, ...metadata?.sliceAnnotations },
        ownerReferences: [controllerRef(local)],
      },
      addressType: content.addressType,
      endpoints: [...content.endpoints],
      ports: [...content.ports],
    };
  });
}
