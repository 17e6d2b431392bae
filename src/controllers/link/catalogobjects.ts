import { createHash } from 'node:crypto';
import { keys } from '../../api/names.js';
import type { Endpoint, EndpointPort, EndpointSlice, Service } from '../../api/objects.js';
import { packEndpoints } from '../../endpoints/packed.js';
import type { CountedEndpoint } from '../../endpoints/reach.js';
import type { CatalogService } from '../../protocol/catalog.js';
import { packedSlice, reduceService } from './reduced.js';

/** A service of a catalog in the form in which an API server would show it. */
export interface CatalogObjects {
  readonly service: Service;
  readonly slices: readonly EndpointSlice[];
}

/**
 * The address of everything in a catalog (RFC 5737): who reads a catalog calls through the peer's gateway, and no address
 * of that cluster is told.
 */
const placeholder = '192.0.2.1';

/**
 * Turns a service of a catalog into objects of Kubernetes. Pods that are alike are one endpoint that counts them. Equal
 * services become objects of equal versions.
 */
export function objectsOf(service: CatalogService): CatalogObjects {
  return { service: serviceOf(service), slices: slicesOf(service) };
}

function serviceOf(of: CatalogService): Service {
  const { namespace, name, uid, created, hosts, affinity, publishNotReady } = of;
  const [labels, annotations] = [sorted(of.labels), sorted(of.annotations)];
  const spec: Service['spec'] = {
    ...{ type: 'ClusterIP', clusterIP: hosts === undefined ? placeholder : 'None' },
    ports: of.ports.map(({ name, port, appProtocol }) => ({
      ...(name !== undefined && { name }),
      ...{ port, protocol: 'TCP' },
      ...(appProtocol !== undefined && { appProtocol }),
    })),
    ...(affinity !== undefined && {
      sessionAffinity: 'ClientIP',
      sessionAffinityConfig: { clientIP: { timeoutSeconds: affinity } },
    }),
    ...(publishNotReady === true && { publishNotReadyAddresses: true }),
  };
  return reduceService({
    ...{ apiVersion: 'v1', kind: 'Service', spec },
    metadata: {
      ...{ namespace, name, uid, creationTimestamp: created, labels, annotations },
      resourceVersion: versionOf([spec, labels, annotations, created]),
    },
  });
}

/** One slice of pods that can be reached, with the ports that they offer, and one of the others. */
function slicesOf(of: CatalogService): EndpointSlice[] {
  const { hosts, ports } = of;
  const named = Object.entries(sorted(hosts ?? {})).map(([hostname, ready]) => ({
    ...{ addresses: [placeholder], hostname, targetRef: { uid: hostname } },
    conditions: { ready },
  }));
  const isReady = ({ conditions }: Endpoint) => conditions?.ready === true;
  const [ready, others] = [named.filter(isReady), named.filter((one) => !isReady(one))];
  const readyRest = Math.max(0, of.ready - ready.length);
  const otherRest = Math.max(0, of.total - named.length - readyRest);
  return [
    slice(of, 'ready', {
      endpoints: [...ready, ...counted(true, readyRest)],
      // names of pods lead there whatever the ports
      ports: ports.filter(({ closed }) => closed !== true).map(slicePort),
    }),
    slice(of, 'others', {
      endpoints: [...others, ...counted(false, otherRest)],
      ports: ports.map(slicePort),
    }),
  ];
}

/** Pods without a name, as one endpoint; no host name is like its UID. */
function counted(ready: boolean, count: number): CountedEndpoint[] {
  if (count === 0) return [];
  return [{ addresses: [placeholder], targetRef: { uid: `*${ready}` }, conditions: { ready }, count }];
}

function slicePort({ name = '', port }: CatalogService['ports'][number]): EndpointPort {
  return { name, port, protocol: 'TCP' };
}

function slice(
  { namespace, name, uid }: CatalogService,
  which: string,
  { endpoints, ports }: { readonly endpoints: CountedEndpoint[]; readonly ports: EndpointPort[] },
): EndpointSlice {
  // a peer may name 256 pods of each of 10,000 services: as objects they would take ten times as much
  const packed = packEndpoints(endpoints);
  const rest = {
    ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4' as const, ports },
    metadata: {
      ...{ namespace, name: `${name}-${which}`, uid: `${uid}-${which}` },
      labels: { [keys.serviceName]: name },
      resourceVersion: versionOf([packed, ports]),
    },
  };
  return packedSlice(rest, packed);
}

/** What differs is another version: a catalog has none for a single service. */
function versionOf(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('base64url').slice(0, 22);
}

/** Any gateway of the peer may have written it, each in an order of its own. */
function sorted<T>(entries: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(entries).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
