import { mostHostnames } from '../api/names.js';
import type { EndpointSlice, Pod, Service } from '../api/objects.js';
import { keyOf } from '../api/resources.js';
import { sliceMetadata } from '../endpoints/slicemetadata.js';
import { isAllowedTarget } from '../net/target.js';
import { matches } from '../runtime/selector.js';

/** A pod with a host name, as the slices of a headless Service list it. */
export interface NamedPod {
  readonly hostname: string;
  /** Key and UID of the Pod. */
  readonly pod: string;
  readonly uid: string;
  readonly address: string;
  /** Its TCP ports, by the names of the Service's ports. */
  readonly ports: Readonly<Record<string, number>>;
  /** Differs from a time on at which a slice that lists the pod has changed. */
  readonly version: string;
}

/** The pods of a headless Service. */
export interface ServicePods {
  /** By host name, in the order of the names, {@link mostHostnames} at most. */
  readonly named: readonly NamedPod[];
  /** Whether there are pods without a host name. */
  readonly nameless: boolean;
  /** Whether there are more host names. */
  readonly more: boolean;
}

/**
 * The part of a slice from which {@link podsOf} reads: pods that have a host name and an address to call. Of pods without
 * a host name it keeps one endpoint without address.
 */
export function reducePodSlice({ apiVersion, kind, ...slice }: EndpointSlice): EndpointSlice {
  const { namespace } = slice.metadata;
  const pods = (slice.endpoints ?? []).filter(({ targetRef }) => targetRef?.kind === 'Pod');
  const nameless = pods.some(({ hostname = '' }) => hostname === '');
  return {
    ...{ apiVersion, kind, addressType: slice.addressType },
    metadata: sliceMetadata(slice.metadata),
    endpoints: [
      ...pods.flatMap(({ addresses, hostname = '', conditions, targetRef }) => {
        // an endpoint has one address (KEP-752)
        const [address = ''] = addresses;
        const { name: pod, uid: podUid, namespace: home = namespace } = targetRef ?? {};
        if (hostname === '' || pod === undefined || podUid === undefined) return [];
        if (home !== namespace || !isAllowedTarget(address)) return [];
        return {
          ...{ addresses: [address], hostname, targetRef: { name: pod, uid: podUid } },
          conditions: { ready: conditions?.ready ?? true },
        };
      }),
      ...(nameless ? [{ addresses: [] }] : []),
    ],
    ports: (slice.ports ?? []).flatMap(({ name: port = '', port: number, protocol = 'TCP' }) =>
      number === undefined || protocol !== 'TCP' ? [] : [{ name: port, port: number }],
    ),
  };
}

/**
 * The pods of a Service, out of reduced slices. Each host name stands for one pod: a ready one before others, at an address
 * of the Service's first family if it has one.
 */
export function podsOf(service: Readonly<Service>, slices: readonly Readonly<EndpointSlice>[]): ServicePods {
  const { namespace } = service.metadata;
  const [family = 'IPv4'] = service.spec.ipFamilies ?? [];
  const all = slices.flatMap((slice) => (slice.endpoints ?? []).map((endpoint) => ({ slice, endpoint })));
  const found = all.flatMap(({ slice, endpoint: { addresses, hostname, conditions, targetRef } }) =>
    hostname === undefined
      ? []
      : {
          rank: (slice.addressType === family ? 0 : 2) + (conditions?.ready === true ? 0 : 1),
          hostname,
          pod: `${namespace}/${targetRef?.name ?? ''}`,
          uid: targetRef?.uid ?? '',
          address: addresses[0] ?? '',
          ports: Object.fromEntries((slice.ports ?? []).map(({ name = '', port = 0 }) => [name, port])),
          version: slice.metadata.resourceVersion ?? '',
        },
  );
  const byName = new Map<string, NamedPod>();
  for (const { rank: _, ...one } of found.toSorted(byRank))
    if (!byName.has(one.hostname)) byName.set(one.hostname, one);
  const named = [...byName.values()].toSorted((one, other) => (one.hostname < other.hostname ? -1 : 1));
  return {
    named: named.slice(0, mostHostnames),
    nameless: all.some(({ endpoint }) => endpoint.hostname === undefined),
    more: named.length > mostHostnames,
  };
}

function byRank(
  one: { readonly rank: number; readonly pod: string },
  other: { readonly rank: number; readonly pod: string },
): number {
  return one.rank - other.rank || (one.pod < other.pod ? -1 : one.pod === other.pod ? 0 : 1);
}

/** The part of a Pod from which {@link isThatPod} reads. */
export function reducePod({ apiVersion, kind, metadata, spec = {}, status = {} }: Pod): Pod {
  const { name, namespace, uid, labels } = metadata;
  const { hostname, subdomain, hostNetwork } = spec;
  const { podIP, podIPs } = status;
  return {
    ...{ apiVersion, kind },
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(uid !== undefined && { uid }),
      ...(labels !== undefined && { labels }),
    },
    spec: {
      ...(hostname !== undefined && { hostname }),
      ...(subdomain !== undefined && { subdomain }),
      ...(hostNetwork !== undefined && { hostNetwork }),
    },
    status: { ...(podIP !== undefined && { podIP }), ...(podIPs !== undefined && { podIPs }) },
  };
}

/**
 * Whether a Pod is the one that the slices of that Service speak of. Whoever may write EndpointSlices can also write the
 * label by which Kubernetes' controller knows its own; a Pod's addresses are written by its node alone. A pod in the
 * network of its node has the node's address, which is not exported.
 */
export function isThatPod(service: Readonly<Service>, named: NamedPod, pod: Readonly<Pod>): boolean {
  const { metadata, spec = {}, status = {} } = pod;
  const ips = [status.podIP, ...(status.podIPs ?? []).map(({ ip }) => ip)];
  return (
    keyOf(pod) === named.pod &&
    metadata.uid === named.uid &&
    spec.hostNetwork !== true &&
    spec.hostname === named.hostname &&
    spec.subdomain === service.metadata.name &&
    matches({ matchLabels: service.spec.selector ?? {} }, metadata.labels ?? {}) &&
    ips.includes(named.address)
  );
}
