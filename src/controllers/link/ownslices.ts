import type { Endpoint, EndpointSlice, KubeObject } from '../../api/objects.js';
import { sliceMetadata } from '../../endpoints/slicemetadata.js';

/** Where a kept slice holds its endpoints, as JSON. */
const packed = Symbol('endpoints of an own slice');

/** One getter for all slices, see `reduceSlice`. */
const unpacking = {
  enumerable: true,
  get(this: { [packed]: string }) {
    return JSON.parse(this[packed]) as Endpoint[];
  },
};

/** The approximate bytes of a kept slice beside its text. */
const overhead = 1_024;

/** The approximate number of bytes of a kept slice in memory. */
export function weighOwnSlice(slice: Readonly<KubeObject> & { readonly [packed]?: string }): number {
  return overhead + (slice[packed]?.length ?? 0);
}

/**
 * The kept part of a slice of this cluster: mirrors that have this cluster's own pods among their backends list them
 * with node and reference. Its shape is that of our own API server, so it needs no check. The endpoints are held as text.
 */
export function reduceOwnSlice({ apiVersion, kind, metadata, ...slice }: EndpointSlice): EndpointSlice {
  const reduced = {
    ...{ apiVersion, kind },
    metadata: sliceMetadata(metadata),
    addressType: slice.addressType,
    ports: slice.ports ?? [],
  };
  Object.defineProperty(reduced, packed, { value: JSON.stringify(slice.endpoints ?? []) });
  return Object.defineProperty(reduced, 'endpoints', unpacking);
}
