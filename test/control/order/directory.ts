import type { EndpointSlice, KubeObject, Service } from '../../../src/api/objects.js';
import { keys } from '../../../src/api/names.js';
import { endpointSlices, keyOf, services } from '../../../src/api/resources.js';
import type { KubeClient } from '../../../src/runtime/kube.js';
import { destinationsIn, type Destination } from '../../driver/traffic.js';
import { follow, type Seen } from '../../../tools/clusters/follow.js';

/** What a name leads to: one ready endpoint, picked at random. */
export interface Place {
  readonly service: Readonly<Service>;
  readonly slice: Readonly<EndpointSlice>;
  readonly destination: Destination;
}

/** What is known in London of the names of one namespace. */
export interface Directory {
  /** Looks a name up; undefined when there is no Service, or nothing ready behind it. */
  lookUp(name: string): Place | undefined;
  /** When a slice was deleted, as a revision of the API server; undefined when it was not. */
  goneAt(slice: Readonly<KubeObject>): bigint | undefined;
  /** The Service of that UID as it was when it was first seen. */
  first(uid: string): Readonly<Service> | undefined;
}

/**
 * Watches Services and slices as a node's proxy does, and like one joins them by name alone; but it acts on what it sees
 * at once. A node takes its time.
 *
 * @param onReady called when a name comes to have a ready endpoint
 */
export async function openDirectory(
  kube: KubeClient,
  options: { readonly namespace: string; readonly onReady?: (name: string) => void },
  signal: AbortSignal,
): Promise<Directory> {
  const { namespace, onReady = () => {} } = options;
  const byName = new Map<string, Service>();
  const slices = new Map<string, Map<string, EndpointSlice>>();
  const gone = new Map<string, bigint>();
  const first = new Map<string, Service>();

  function lookUp(name: string): Place | undefined {
    const service = byName.get(name);
    if (service === undefined) return undefined;
    const places = [...(slices.get(name)?.values() ?? [])].flatMap((slice) =>
      destinationsIn(slice).map((destination) => ({ service, slice, destination })),
    );
    return places[Math.floor(Math.random() * places.length)];
  }

  const onService = (seen: Seen<Service>) => {
    const { name, uid = '' } = seen.object.metadata;
    const before = lookUp(name);
    if (!first.has(uid)) first.set(uid, seen.object);
    if (seen.gone) byName.delete(name);
    else byName.set(name, seen.object);
    if (before === undefined && lookUp(name) !== undefined) onReady(name);
  };
  const onSlice = (seen: Seen<EndpointSlice>) => {
    const name = seen.object.metadata.labels?.[keys.serviceName] ?? '';
    const before = lookUp(name);
    const all = slices.get(name) ?? new Map<string, EndpointSlice>();
    slices.set(name, all);
    if (seen.gone) {
      all.delete(keyOf(seen.object));
      gone.set(seen.object.metadata.uid ?? '', BigInt(seen.object.metadata.resourceVersion ?? 0));
    } else all.set(keyOf(seen.object), seen.object);
    if (before === undefined && lookUp(name) !== undefined) onReady(name);
  };
  await follow(kube, services, { namespace, tell: onService }, signal);
  await follow(kube, endpointSlices, { namespace, tell: onSlice }, signal);
  return {
    lookUp,
    goneAt: ({ metadata }) => gone.get(metadata.uid ?? ''),
    first: (uid) => first.get(uid),
  };
}
