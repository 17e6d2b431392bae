import type {
  Condition,
  Endpoint,
  EndpointPort,
  EndpointSlice,
  KubeObject,
  Service,
  ServicePort,
} from '../../src/api/objects.js';
import type { Imports, Link, LinkPeer, LinkSpec, Transport } from '../../src/api/link.js';
import { keys, managedBy } from '../../src/api/names.js';
import type { MirrorCluster, ServiceMirror, ServiceMirrorStatus } from '../../src/api/servicemirror.js';
import { controllerRef } from '../../src/mirror/metadata.js';
import type { Change } from './objects.js';

// For any object.

/** Adds labels. */
export const labelled =
  (labels: Record<string, string>): Change<KubeObject> =>
  ({ metadata }) => {
    metadata.labels = { ...metadata.labels, ...labels };
  };

/** Adds annotations. */
export const annotated =
  (annotations: Record<string, string>): Change<KubeObject> =>
  ({ metadata }) => {
    metadata.annotations = { ...metadata.annotations, ...annotations };
  };

/** Puts it into another namespace. */
export const inNamespace =
  (namespace: string): Change<KubeObject> =>
  ({ metadata }) => {
    metadata.namespace = namespace;
  };

/** Sets fields of the metadata. */
export const metadata =
  (fields: Partial<KubeObject['metadata']>): Change<KubeObject> =>
  (draft) => {
    Object.assign(draft.metadata, fields);
  };

/** Makes it controlled by that object, as what we write is. */
export const ownedBy =
  (owner: KubeObject): Change<KubeObject> =>
  ({ metadata }) => {
    metadata.ownerReferences = [controllerRef(owner)];
    metadata.labels = { ...metadata.labels, [keys.managedBy]: managedBy };
  };

/** The label by which services are exported in the walkthrough. */
export const exported = labelled({ 'mirror.linkerd.io/exported': 'true' });

// For ServiceMirrors.

/** Another cluster, and `namespace/name` of the remote service. */
export const of =
  (cluster: string, service: string): Change<ServiceMirror> =>
  ({ spec }) => {
    const [namespace = '', name = ''] = service.split('/');
    spec.cluster = cluster;
    spec.service = { name, namespace };
  };

/** Of one pod of a headless Service of a cluster. */
export const ofPod =
  (cluster: string, service: string, hostname: string): Change<ServiceMirror> =>
  (mirror) => {
    of(cluster, service)(mirror);
    mirror.spec.service.hostname = hostname;
  };

/** Several clusters in place of one, by name: all of priority 0 and weight 1 where nothing else is said. */
export const ofClusters =
  (...clusters: (string | MirrorCluster)[]): Change<ServiceMirror> =>
  ({ spec }) => {
    delete spec.cluster;
    spec.clusters = clusters.map((one) => (typeof one === 'string' ? { name: one } : one));
  };

/** Another name for the local Service. */
export const named =
  (name: string): Change<ServiceMirror> =>
  ({ spec }) => {
    spec.name = name;
  };

/** Only these ports. */
export const onlyPorts =
  (...ports: (number | string)[]): Change<ServiceMirror> =>
  ({ spec }) => {
    spec.ports = ports;
  };

/** What the status says. */
export const withStatus =
  (status: ServiceMirrorStatus): Change<ServiceMirror> =>
  (draft) => {
    draft.status = { ...draft.status, ...structuredClone(status) };
  };

/** Egress ports that the status says the mirror holds, by service port, for what its spec names when this is called. */
export const holding =
  (ports: Record<number, number>): Change<ServiceMirror> =>
  (draft) => {
    const { cluster = '', service } = draft.spec;
    const { name, namespace = draft.metadata.namespace ?? '' } = service;
    withStatus({
      source: { cluster, namespace, name, display: `${namespace}/${name}` },
      ports: Object.entries(ports).map(([port, gatewayPort]) => ({
        port: Number(port),
        protocol: 'TCP',
        gatewayPort,
      })),
    })(draft);
  };

/** A mirror with a status: it is not new. */
export const served: Change<ServiceMirror> = (draft) => {
  draft.status = { ...draft.status, conditions: [condition('Ready')] };
};

/** A condition; its reason is its type unless given. */
export function condition(
  type: string,
  status: Condition['status'] = 'True',
  reason = type,
  message = reason,
): Condition {
  return { type, status, reason, message, observedGeneration: 1, lastTransitionTime: '2026-01-01T00:00:00Z' };
}

/** Another spec as a whole, which need not be a right one. */
export const withSpec =
  (spec: unknown): Change<{ spec: unknown }> =>
  (draft) => {
    draft.spec = structuredClone(spec);
  };

// For Links.

/** Sets fields of the spec. */
export const spec =
  (fields: Partial<LinkSpec>): Change<Link> =>
  (draft) => {
    Object.assign(draft.spec, structuredClone(fields));
  };

/** Another transport. */
export const over = (transport: Transport): Change<Link> => spec({ transport });

/** What is taken; a mirror may take from its own namespace only unless that is said. */
export const importing = (imports: Partial<Imports>): Change<Link> =>
  spec({ imports: { namespaceMapping: 'Same', metadata: 'Safe', ...imports } });

/** No credentials: nothing is imported. */
export const exportOnly: Change<Link> = (draft) => {
  delete draft.spec.credentialsSecretRef;
};

/** No credentials: a peer is pinned, and its gateway tells what is exported to this cluster. */
export const byCatalog =
  (peer: LinkPeer, ...hosts: readonly string[]): Change<Link> =>
  (draft) => {
    exportOnly(draft);
    draft.spec.peer = peer;
    draft.spec.gateway = { ...draft.spec.gateway, addresses: hosts.map((host) => ({ host, port: 4143 })) };
  };

// For Services.

/** Adds a port. */
export const port =
  (number: number, more: Partial<ServicePort> = {}): Change<Service> =>
  ({ spec }) => {
    spec.ports = [...(spec.ports ?? []), { port: number, protocol: 'TCP', ...more }];
  };

/** Without a cluster IP. */
export const headless: Change<Service> = ({ spec }) => {
  spec.clusterIP = 'None';
};

/** Sets fields of the spec. */
export const serviceSpec =
  (fields: Partial<Service['spec']>): Change<Service> =>
  (draft) => {
    Object.assign(draft.spec, structuredClone(fields));
  };

// For EndpointSlices.

/** Adds an endpoint; ready unless said otherwise. */
export const endpoint =
  (address: string, more: Partial<Endpoint> = {}): Change<EndpointSlice> =>
  (draft) => {
    draft.endpoints = [
      ...(draft.endpoints ?? []),
      { addresses: [address], conditions: { ready: true }, ...more },
    ];
  };

/** Adds an endpoint that is not ready. */
export const unready = (address: string): Change<EndpointSlice> =>
  endpoint(address, { conditions: { ready: false } });

/** Replaces the ports. */
export const slicePorts =
  (...ports: EndpointPort[]): Change<EndpointSlice> =>
  (draft) => {
    draft.ports = ports;
  };

/** Replaces the ports by TCP ports of these names. */
export const offering = (...names: string[]): Change<EndpointSlice> =>
  slicePorts(...names.map((name, index) => ({ name, port: 8080 + index, protocol: 'TCP' })));

/** Another name and address type. */
export const slice =
  (name: string, addressType: EndpointSlice['addressType'] = 'IPv4'): Change<EndpointSlice> =>
  (draft) => {
    draft.metadata.name = name;
    draft.addressType = addressType;
  };
