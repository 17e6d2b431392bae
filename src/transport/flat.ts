import type { Endpoint, EndpointSlice } from '../api/objects.js';
import { familiesOf } from '../endpoints/family.js';
import { unreachable } from '../endpoints/reach.js';
import type { SliceContent } from '../mirror/view.js';
import type { TransportPolicy } from './transport.js';

/** Address types under which pods of another network can be called. */
const families = new Set(['IPv4', 'IPv6']);

/**
 * A flat network: the mirror's endpoints are the remote pods themselves. Conditions and host names are kept. Topology
 * hints, zones, node names and references belong to the remote cluster and are dropped.
 */
export const flat: TransportPolicy = listing({
  metadata: () => ({ labels: {}, annotations: {}, sliceAnnotations: {} }),
  copyEndpoint: ({ addresses, conditions, hostname }) => ({
    ...{ addresses, conditions: conditions ?? {} },
    ...(hostname !== undefined && { hostname }),
  }),
  waitsFor: 'the remote endpoint slices',
});

/** What differs between policies that list the pods of a Service themselves. */
export interface Listing extends Pick<TransportPolicy, 'metadata'> {
  readonly copyEndpoint: (endpoint: Endpoint) => Endpoint;
  /** What is waited for after a start, for people. */
  readonly waitsFor: string;
}

/** A policy whose slices are those of the Service, with its conditions and with the ports that are mirrored. */
export function listing({ metadata, copyEndpoint, waitsFor }: Listing): TransportPolicy {
  return {
    limits: { transport: 'flat', protocols: ['TCP', 'UDP', 'SCTP'], headless: true, sessionAffinity: true },
    metadata,
    families({ source: { service, headless } }) {
      return service === undefined || headless ? undefined : familiesOf(service);
    },
    answer({ source }) {
      if (source.kind === 'remembered')
        return { kind: 'keep', reason: 'Pending', message: `waits for ${waitsFor}` };
      const names = new Set(source.ports.map((port) => port.name ?? ''));
      const slices = source.slices
        .filter((slice) => families.has(slice.addressType))
        .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
        .map((slice) => copySlice(slice, names, copyEndpoint));
      if (source.ready > 0) return { kind: 'endpoints', slices };
      const notReady = { reason: 'NoReadyEndpoints', message: unreachable(source) } as const;
      return { kind: 'endpoints', slices, notReady };
    },
  };
}

function copySlice(
  slice: Readonly<EndpointSlice>,
  names: ReadonlySet<string>,
  copyEndpoint: Listing['copyEndpoint'],
): SliceContent {
  return {
    addressType: slice.addressType,
    endpoints: (slice.endpoints ?? []).map(copyEndpoint),
    ports: (slice.ports ?? [])
      .filter((port) => names.has(port.name ?? ''))
      .map((port) => ({
        name: port.name ?? '',
        ...(port.port !== undefined && { port: port.port }),
        protocol: port.protocol ?? 'TCP',
        ...(port.appProtocol !== undefined && { appProtocol: port.appProtocol }),
      })),
  };
}
