import { keys } from '../../api/names.js';
import type {
  ConfigMap,
  Endpoint,
  EndpointPort,
  EndpointSlice,
  KubeObject,
  ObjectMeta,
  OwnerReference,
  Service,
  ServicePort,
} from '../../api/objects.js';
import { controllingMirror } from '../../api/owner.js';
import { labelKey, labelValue } from '../../api/selector.js';
import { packEndpoints, withPacked } from '../../endpoints/packed.js';
import { NetworkError } from '../../runtime/errors.js';

/**
 * The kept part of a remote cluster's objects: the fields that decisions read, in the shape of our types, whatever
 * the other side has sent. Each function makes a new object.
 */

/** Labels of a slice that name its Service and its writer. */
const sliceLabels: readonly string[] = [keys.serviceName, keys.sliceManagedBy, keys.headless];

/** Annotations that never travel, and may be as large as the object. */
const longAnnotations: readonly string[] = ['kubectl.kubernetes.io/last-applied-configuration'];

/** The approximate bytes of each reduced object; `overhead` is its cost beside its text. */
const weights = new WeakMap<object, number>();
const overhead = 512;

/** The approximate number of bytes of a reduced object in memory. */
export function weigh(object: Readonly<KubeObject>): number {
  return weights.get(object) ?? 0;
}

/** A Service without its status and without the fields that only its own cluster reads. */
export function reduceService(service: Service): Service {
  const spec = fields(service.spec);
  const read = {
    type: text(spec['type']),
    clusterIP: text(spec['clusterIP']),
    clusterIPs: texts(spec['clusterIPs']),
    externalName: text(spec['externalName']),
    ipFamilies: texts(spec['ipFamilies']),
    ipFamilyPolicy: text(spec['ipFamilyPolicy']),
    ports: list(spec['ports'])?.flatMap(servicePort),
    sessionAffinity: text(spec['sessionAffinity']),
    sessionAffinityConfig: affinityConfig(spec['sessionAffinityConfig']),
    publishNotReadyAddresses: flag(spec['publishNotReadyAddresses']),
    internalTrafficPolicy: text(spec['internalTrafficPolicy']),
    // a selector shows who makes the slices
    selector: entries(spec['selector'], () => true),
    // a mirror has no use for the addresses at which the remote cluster takes traffic
    externalIPs: undefined,
    externalTrafficPolicy: undefined,
    healthCheckNodePort: undefined,
    allocateLoadBalancerNodePorts: undefined,
    loadBalancerClass: undefined,
    loadBalancerIP: undefined,
    loadBalancerSourceRanges: undefined,
    trafficDistribution: undefined,
  } satisfies { [K in keyof Required<Service['spec']>]: unknown };
  const metadata = metadataOf(service);
  const { labels, annotations, ownerReferences } = fields(service.metadata);
  return weighed({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      ...metadata,
      ...present({ labels: labelEntries(labels), ownerReferences: mirrorOf(ownerReferences) }),
      ...present({
        // their keys may be in any case
        annotations: entries(
          annotations,
          (key) => isKey(key.toLowerCase()) && !longAnnotations.includes(key),
        ),
      }),
    },
    spec: present(read),
  });
}

/** Of the owners of a remote Service only the controlling ServiceMirror: then the Service is a mirror itself. */
function mirrorOf(owners: unknown): OwnerReference[] | undefined {
  const found = (list(owners) ?? []).map((owner) => {
    const { apiVersion, kind, name, uid, controller } = fields(owner);
    return {
      ...{ apiVersion: text(apiVersion) ?? '', kind: text(kind) ?? '', name: text(name) ?? '' },
      ...{ uid: text(uid) ?? '', controller: controller === true },
    };
  });
  const mirror = controllingMirror({ metadata: { name: '', ownerReferences: found } });
  return mirror && [mirror];
}

/** A slice whose endpoints are held as text. */
export function reduceSlice(slice: EndpointSlice): EndpointSlice {
  const packed = packEndpoints((list(slice.endpoints) ?? []).map(endpointOf));
  const { labels } = fields(slice.metadata);
  const reduced = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      ...metadataOf(slice),
      ...present({ labels: entries(labels, (key) => sliceLabels.includes(key)) }),
    },
    addressType: (text(slice.addressType) ?? '') as EndpointSlice['addressType'],
    ports: (list(slice.ports) ?? []).flatMap(endpointPort),
  };
  return packedSlice(reduced, packed);
}

/** A slice whose endpoints are held as text, with its weight. @param packed as `packEndpoints` makes it */
export function packedSlice(rest: Omit<EndpointSlice, 'endpoints'>, packed: string): EndpointSlice {
  // V8 takes two bytes for each letter of a text if one of them needs two
  const packedBytes = packed.length * (/[^\0-\xff]/.test(packed) ? 2 : 1);
  const bytes = 2 * JSON.stringify(rest).length + packedBytes + overhead;
  const made = withPacked(rest, packed);
  weights.set(made, bytes);
  return made;
}

/** A slice of a Service that is not selected: only the name of that Service. */
export function outlineSlice({ metadata }: EndpointSlice): EndpointSlice {
  return reduceSlice({
    ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata },
    ...{ addressType: 'IPv4', endpoints: [], ports: [] },
  });
}

/** A ConfigMap with its texts. */
export function reduceConfigMap(map: ConfigMap): ConfigMap {
  return weighed({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadataOf(map),
    data: entries(map.data, () => true) ?? {},
  });
}

function weighed<T extends KubeObject>(object: T): T {
  weights.set(object, 2 * JSON.stringify(object).length + overhead);
  return object;
}

function metadataOf(object: KubeObject): ObjectMeta {
  const metadata = fields(object.metadata);
  const name = text(metadata['name']);
  if (name === undefined || name === '')
    throw new NetworkError(`an object of kind ${object.kind} has no name`, { code: 'ERR_NO_OBJECT' });
  const { generation } = metadata;
  return {
    name,
    ...present({
      namespace: text(metadata['namespace']),
      uid: text(metadata['uid']),
      resourceVersion: text(metadata['resourceVersion']),
      generation: typeof generation === 'number' ? generation : undefined,
      creationTimestamp: text(metadata['creationTimestamp']),
      deletionTimestamp: text(metadata['deletionTimestamp']),
    }),
  };
}

function servicePort(value: unknown): ServicePort[] {
  const { port, targetPort, ...rest } = fields(value);
  if (typeof port !== 'number') return [];
  const target = typeof targetPort === 'number' ? targetPort : text(targetPort);
  return [
    {
      port,
      ...present({
        name: text(rest['name']),
        protocol: text(rest['protocol']),
        appProtocol: text(rest['appProtocol']),
        targetPort: target,
      }),
    },
  ];
}

function endpointPort(value: unknown): EndpointPort[] {
  const { name, port, protocol, appProtocol } = fields(value);
  return [
    present({
      name: text(name),
      port: typeof port === 'number' ? port : undefined,
      protocol: text(protocol),
      appProtocol: text(appProtocol),
    }),
  ];
}

function affinityConfig(value: unknown): Service['spec']['sessionAffinityConfig'] | undefined {
  const { timeoutSeconds } = fields(fields(value)['clientIP']);
  return typeof timeoutSeconds === 'number' ? { clientIP: { timeoutSeconds } } : undefined;
}

function endpointOf(value: unknown): Endpoint {
  const { addresses, conditions, hostname, targetRef } = fields(value);
  const { ready, serving, terminating } = fields(conditions);
  const uid = text(fields(targetRef)['uid']);
  return {
    addresses: texts(addresses) ?? [],
    conditions: present({ ready: flag(ready), serving: flag(serving), terminating: flag(terminating) }),
    ...present({ hostname: text(hostname) }),
    ...(uid !== undefined && { targetRef: { uid } }),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function list(value: unknown): unknown[] | undefined {
  return Array.isArray(value) ? value : undefined;
}

/** Replaces half a surrogate pair by U+FFFD, as API servers do: JSON can carry it, and no API server stores it. */
function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value.toWellFormed() : undefined;
}

function flag(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

function texts(value: unknown): string[] | undefined {
  return list(value)?.flatMap((item) => text(item) ?? []);
}

function entries(value: unknown, kept: (key: string) => boolean): Record<string, string> | undefined {
  const found = Object.entries(fields(value)).flatMap(([key, held]): [string, string][] => {
    const word = text(held);
    return word !== undefined && kept(key) ? [[key, word]] : [];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

/** Whether an API server accepts it as the key of a label. */
function isKey(key: string): boolean {
  return key.length <= 317 && labelKey.test(key) && !/[.-][.]|[.]-/.test(key.split('/').at(-2) ?? '');
}

/** The labels that an API server accepts: another one would keep the whole Service from being written. */
function labelEntries(labels: unknown): Record<string, string> | undefined {
  const kept = Object.entries(entries(labels, isKey) ?? {}).filter(([, value]) => labelValue.test(value));
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

/** Without the fields that are absent. */
function present<T extends object>(object: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
