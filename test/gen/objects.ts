import type {
  ConfigMap,
  EndpointSlice,
  KubeObject,
  Namespace,
  Node,
  Pod,
  Secret,
  Service,
} from '../../src/api/objects.js';
import type { Link } from '../../src/api/link.js';
import { credentialsType, keys } from '../../src/api/names.js';
import type { ServiceMirror } from '../../src/api/servicemirror.js';

/** Changes an object while it is made. */
export type Change<in T> = (draft: T) => void;

/** 2026-01-01, the moment at which test objects were created and the fake clock starts. */
export const epoch = Date.UTC(2026, 0, 1);

/** The monotonic time at that moment, for decisions that are given both. */
export const uptime = 3_600_000;

/** Freezes a value in depth: who changes what a cache holds is found out. */
export function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) frozen(inner);
  return Object.freeze(value);
}

function make<T extends KubeObject>(draft: T, changes: readonly Change<T>[]): T {
  for (const change of changes) change(draft);
  return frozen(draft);
}

function meta(kind: string, name: string, namespace?: string) {
  return {
    name,
    ...(namespace !== undefined && { namespace }),
    uid: `uid-${kind.toLowerCase()}-${name}`,
    resourceVersion: '1',
    generation: 1,
    creationTimestamp: '2026-01-01T00:00:00Z',
  };
}

/** A ServiceMirror in `default` of Service `hello` of Link `paris`. */
export function aMirror(name = 'hello-mirror', ...changes: Change<ServiceMirror>[]): ServiceMirror {
  return make<ServiceMirror>(
    {
      apiVersion: 'linkerd.io/v1alpha1',
      kind: 'ServiceMirror',
      metadata: meta('ServiceMirror', name, 'default'),
      spec: { cluster: 'paris', service: { name: 'hello' } },
    },
    changes,
  );
}

/** A Link of transport `gateway` with credentials. */
export function aLink(name = 'paris', ...changes: Change<Link>[]): Link {
  return make<Link>(
    {
      apiVersion: 'linkerd.io/v1alpha1',
      kind: 'Link',
      metadata: meta('Link', name),
      spec: {
        credentialsSecretRef: { name: `link-${name}` },
        clusterDomain: 'cluster.local',
        transport: 'gateway',
      },
    },
    changes,
  );
}

/** A Service in `default` with a cluster IP; add ports with {@link port}. */
export function aService(name = 'hello', ...changes: Change<Service>[]): Service {
  return make<Service>(
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: meta('Service', name, 'default'),
      spec: { type: 'ClusterIP', clusterIP: '10.96.0.10', selector: { app: name } },
    },
    changes,
  );
}

/** An EndpointSlice of that Service, as the cluster's own controller writes it; add endpoints with {@link endpoint}. */
export function aSlice(service = 'hello', ...changes: Change<EndpointSlice>[]): EndpointSlice {
  return make<EndpointSlice>(
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        ...meta('EndpointSlice', `${service}-abc12`, 'default'),
        labels: { [keys.serviceName]: service },
      },
      addressType: 'IPv4',
      endpoints: [],
      ports: [{ name: '', port: 8080, protocol: 'TCP' }],
    },
    changes,
  );
}

/** A Namespace. */
export function aNamespace(name = 'default', ...changes: Change<Namespace>[]): Namespace {
  return make<Namespace>({ apiVersion: 'v1', kind: 'Namespace', metadata: meta('Namespace', name) }, changes);
}

/** A Node with these addresses by type; `ready` is the status of that condition. */
export function aNode(
  name: string,
  addresses: Readonly<Record<string, readonly string[]>>,
  ready = 'True',
  ...changes: Change<Node>[]
): Node {
  const listed = Object.entries(addresses).flatMap(([type, ips]) =>
    ips.map((address) => ({ type, address })),
  );
  return make<Node>(
    {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: meta('Node', name),
      status: { addresses: listed, conditions: [{ type: 'Ready', status: ready }] },
    },
    changes,
  );
}

/** A running egress gateway pod. */
export function aPod(name: string, ip: string, ...changes: Change<Pod>[]): Pod {
  return make<Pod>(
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: meta('Pod', name, 'service-mirror'),
      status: { phase: 'Running', podIP: ip, podIPs: [{ ip }] },
    },
    changes,
  );
}

/** A Secret of the operator's namespace; values are given in clear. */
export function aSecret(name: string, data: Record<string, string>, ...changes: Change<Secret>[]): Secret {
  const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  return make<Secret>(
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: meta('Secret', name, 'service-mirror'),
      type: credentialsType,
      data: Object.fromEntries(encoded) as Record<string, string>,
    },
    changes,
  );
}

/** A ConfigMap of the operator's namespace. */
export function aConfigMap(
  name: string,
  data: Record<string, string>,
  ...changes: Change<ConfigMap>[]
): ConfigMap {
  return make<ConfigMap>(
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: meta('ConfigMap', name, 'service-mirror'), data },
    changes,
  );
}
