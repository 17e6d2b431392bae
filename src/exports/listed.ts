import type { EndpointSlice, Service, ServicePort } from '../api/objects.js';
import { neverTravels } from '../api/travelling.js';
import { familiesOf, familyOf } from '../endpoints/family.js';
import { reachOf } from '../endpoints/reach.js';
import { type CatalogPort, type CatalogService, maxCatalogPorts, maxCounted } from '../protocol/catalog.js';

/** A service that a peer is told of. */
export interface Listing {
  readonly service: Readonly<Service>;
  /** The ports that the peer may call. */
  readonly ports: ReadonlySet<number>;
  /** Headless: the host names of the pods that the peer may call. */
  readonly hosts?: ReadonlySet<string>;
  readonly slices: readonly Readonly<EndpointSlice>[];
}

/** Seconds for which kube-proxy keeps a client with its pod where the Service does not say (its API's default). */
const usualAffinity = 10_800;

/**
 * What a peer is told of a service. It counts endpoints as kube-proxy would for the address that our gateway calls. No
 * address, no selector, and nothing of ports that the peer may not call is told.
 */
export function listedOf({ service, ports: allowed, hosts, slices }: Listing): CatalogService {
  const { metadata, spec } = service;
  const { clusterIP = '' } = spec;
  const open = (spec.ports ?? [])
    .filter(({ port, protocol = 'TCP' }) => protocol === 'TCP' && allowed.has(port))
    .slice(0, maxCatalogPorts);
  const way = {
    ports: open,
    families: hosts === undefined ? [familyOf(clusterIP)] : familiesOf(service),
    headless: hosts !== undefined,
    selects: Object.keys(spec.selector ?? {}).length > 0,
  };
  const { ready, total, closed } = reachOf(slices, way);
  const isClosed = new Set(closed.map(({ port }) => port));
  const affinity = affinityOf(service);
  return {
    ...{ namespace: metadata.namespace ?? '', name: metadata.name, uid: metadata.uid ?? '' },
    created: metadata.creationTimestamp ?? '',
    ports: open.map((one) => portOf(one, isClosed.has(one))),
    ...{ ready: Math.min(ready, maxCounted), total: Math.min(total, maxCounted) },
    ...(hosts !== undefined && { hosts: readiness(hosts, { slices, ports: open }) }),
    ...(affinity !== undefined && { affinity }),
    ...(spec.publishNotReadyAddresses === true && { publishNotReady: true }),
    labels: metadata.labels ?? {},
    annotations: Object.fromEntries(
      Object.entries(metadata.annotations ?? {}).filter(([key]) => !neverTravels(key)),
    ),
  };
}

function portOf({ name, port, appProtocol }: ServicePort, closed: boolean): CatalogPort {
  return {
    ...(name !== undefined && name !== '' && { name }),
    port,
    ...(appProtocol !== undefined && { appProtocol }),
    ...(closed && { closed }),
  };
}

function affinityOf({ spec }: Readonly<Service>): number | undefined {
  if (spec.sessionAffinity !== 'ClientIP') return undefined;
  return spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? usualAffinity;
}

/** Whether the pod of each host name is ready: each is called by its ports, like a service of one pod. */
function readiness(
  hosts: ReadonlySet<string>,
  {
    slices,
    ports,
  }: { readonly slices: readonly Readonly<EndpointSlice>[]; readonly ports: readonly ServicePort[] },
): Record<string, boolean> {
  const byHost = new Map<string, EndpointSlice[]>([...hosts].toSorted().map((host) => [host, []]));
  for (const slice of slices) {
    const { apiVersion, kind, metadata, addressType, ports: offered = [] } = slice;
    const named = Map.groupBy(slice.endpoints ?? [], ({ hostname = '' }) => hostname);
    for (const [host, endpoints] of named)
      byHost.get(host)?.push({ apiVersion, kind, metadata, addressType, endpoints, ports: offered });
  }
  const way = { ports, families: ['IPv4', 'IPv6'], headless: false, selects: true } as const;
  return Object.fromEntries([...byHost].map(([host, its]) => [host, reachOf(its, way).ready > 0]));
}
