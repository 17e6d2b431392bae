import type { EndpointSlice } from '../api/objects.js';
import { sliceMetadata } from '../endpoints/slicemetadata.js';
import { packedOf, packEndpoints, withPacked } from '../endpoints/packed.js';

/** The part of a slice from which endpoints are counted: about 60 bytes an endpoint, and 500 beside. */
export function reduceCountedSlice({ apiVersion, kind, ...slice }: EndpointSlice): EndpointSlice {
  const endpoints = (slice.endpoints ?? []).map(({ addresses, conditions, hostname, targetRef }) => ({
    // a pod counts once, whatever its addresses are
    addresses: targetRef?.uid === undefined ? addresses.slice(0, 1) : [],
    ...(conditions && { conditions }),
    ...(hostname !== undefined && hostname !== '' && { hostname }),
    ...(targetRef?.uid !== undefined && { targetRef: { uid: targetRef.uid } }),
  }));
  const reduced = {
    ...{ apiVersion, kind, addressType: slice.addressType },
    metadata: sliceMetadata(slice.metadata),
    ports: (slice.ports ?? []).map(({ name: port, port: number, protocol }) => ({
      ...(port !== undefined && { name: port }),
      ...(number !== undefined && { port: number }),
      ...(protocol !== undefined && { protocol }),
    })),
  };
  return withPacked(reduced, packEndpoints(endpoints));
}

/** Whether two reduced slices say the same of endpoints. */
export function countsAlike(one: Readonly<EndpointSlice>, other: Readonly<EndpointSlice>): boolean {
  return (
    one.addressType === other.addressType &&
    packedOf(one) === packedOf(other) &&
    JSON.stringify(one.ports) === JSON.stringify(other.ports)
  );
}
