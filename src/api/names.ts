import { createHash } from 'node:crypto';

/** Longest name of a Service (RFC 1035 label). */
export const maxNameLength = 63;

/**
 * Joins parts with `-` into a name of at most 63 characters. A longer name is cut and ends in 8 hex digits of a hash
 * over all parts. So the same parts always give the same name, and different long parts do not collide.
 */
export function joinName(...parts: string[]): string {
  return cutName(parts, maxNameLength);
}

/** Like {@link joinName}, for objects whose names may have another length. */
export function cutName(parts: readonly string[], length: number): string {
  const joined = parts.join('-');
  if (joined.length <= length) return joined;
  const hash = createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 8);
  return `${joined.slice(0, length - 9).replace(/[-.]+$/, '')}-${hash}`;
}

/** Keys of the labels and annotations that the operator writes or reads. */
export const keys = {
  managedBy: 'app.kubernetes.io/managed-by',
  link: 'linkerd.io/link',
  serviceMirror: 'linkerd.io/service-mirror',
  remoteService: 'linkerd.io/remote-service',
  /** On an exported Service: `http` or `http-keep-host`, for its ports whose `appProtocol` is HTTP. */
  exportProtocol: 'linkerd.io/export-protocol',
  /** On a ServiceMirror: numbers of remote ports that speak HTTP and whose connections share tunnels. */
  pooledPorts: 'linkerd.io/pooled-ports',
  /** On a ServiceMirror: the UID of a Service that Linkerd's service mirror made, which it takes over. */
  adoptService: 'linkerd.io/adopt-service',
  /** On a Link: until this time (RFC 3339) all its automatic mirrors may go at once. */
  allowDeletionsUntil: 'linkerd.io/allow-deletions-until',
  /** On a Link: the UID of the Invitation that it was made for. */
  invitation: 'linkerd.io/invitation',
  /** On every namespace: its name (KEP-2161). */
  namespaceName: 'kubernetes.io/metadata.name',
  /** Ties a slice to its Service (KEP-752). */
  serviceName: 'kubernetes.io/service-name',
  /** Keeps the cluster's own slice controller away (KEP-752). */
  sliceManagedBy: 'endpointslice.kubernetes.io/managed-by',
  /** On a Lease of the operator: into how many shares the Links are divided. */
  shares: 'linkerd.io/shares',
  headless: 'service.kubernetes.io/headless',
  /** On a federated mirror of ours: the name of the Services that it stands for. */
  federatedService: 'linkerd.io/federated-service',
  /** Linkerd, read by its proxies and tools. */
  mirroredService: 'mirror.linkerd.io/mirrored-service',
  clusterName: 'mirror.linkerd.io/cluster-name',
  /** On the mirror of a pod and on its Service: the name of the headless mirror's Service. */
  headlessMirror: 'mirror.linkerd.io/headless-mirror-svc-name',
  remoteFqName: 'mirror.linkerd.io/remote-svc-fq-name',
  gatewayIdentity: 'mirror.linkerd.io/remote-gateway-identity',
  /** On a Service: `member` of the federated mirror of its name. */
  federated: 'mirror.linkerd.io/federated',
  /** On a remote Service: how it is exported; `remote-discovery`: its endpoints are found by Linkerd itself. */
  exported: 'mirror.linkerd.io/exported',
  /** On a mirror Service: the cluster and the Service whose endpoints Linkerd's destination controller looks up. */
  remoteDiscovery: 'multicluster.linkerd.io/remote-discovery',
  remoteDiscoveryService: 'multicluster.linkerd.io/remote-service',
  /** On the Service of a federated mirror: this cluster's own Service, whose endpoints Linkerd's proxies use, too. */
  localDiscovery: 'multicluster.linkerd.io/local-discovery',
} as const;

/** Value of the managed-by labels. */
export const managedBy = 'service-mirror';

/** Value of {@link keys.sliceManagedBy} on the slices that Kubernetes itself makes out of a Service's selector. */
export const sliceController = 'endpointslice-controller.k8s.io';

/** Most host names of one headless Service that are exported, and that are mirrored. */
export const mostHostnames = 256;

/** Type of a Secret that holds a remote cluster's kubeconfig, under the key `kubeconfig`. */
export const credentialsType = 'linkerd.io/link-credentials';

/** Objects of the operator's own namespace; the install manifests and the access manifests use the same names. */
export const ownNames = {
  /** ConfigMap: the identity of this cluster and the addresses of its ingress gateway; peers may read it. */
  identity: 'service-mirror-identity',
  /** ConfigMap: the peers as the operator has resolved them, for its own gateways. */
  peers: 'service-mirror-peers',
  /** ConfigMap: the record of egress ports, written before the ports are used. */
  ports: 'service-mirror-ports',
  /** ConfigMap: the CAs that callers of the ingress gateways trust, while a CA is rotated. */
  callers: 'service-mirror-callers',
  /** Secret: the cluster CA with its key; only the operator reads it. */
  ca: 'service-mirror-ca',
  /** Secrets: the leaves. */
  ingressTls: 'service-mirror-ingress-tls',
  egressTls: 'service-mirror-egress-tls',
  operatorTls: 'service-mirror-operator-tls',
  /** Service (LoadBalancer) and Deployment of the ingress gateway. */
  ingress: 'service-mirror-ingress',
  egress: 'service-mirror-egress',
  /** Service (LoadBalancer) at which gateways of peers dial in; only a cluster that is dialled has it. */
  dialIn: 'service-mirror-dial-in',
  operator: 'service-mirror-operator',
  /** Lease of the leader. */
  lease: 'service-mirror-operator',
} as const;

/** Labels of our own pods. */
export const podLabels = (component: 'operator' | 'ingress' | 'egress') => ({
  'app.kubernetes.io/name': 'service-mirror',
  'app.kubernetes.io/component': component,
});

/** Ports on which our own processes listen. */
export const listen = {
  /** Ingress gateway, mutual TLS; Linkerd's gateway uses the same number. */
  ingress: 4143,
  /** Egress gateway: where gateways of peers dial in that open all connections themselves. */
  dialIn: 4145,
  /** Egress gateway: its applied state, for the operator, mutual TLS in the pod network. */
  applied: 4192,
  /** /livez /readyz /metrics, plain HTTP. */
  health: 9990,
} as const;

/** The folder that HAProxy and its agent share in a pod, and the arguments with which HAProxy starts. */
export const haproxyFolder = {
  path: '/run/service-mirror/haproxy',
  config: 'haproxy.cfg',
  master: 'master.sock',
  openssl: 'openssl.cnf',
} as const;

/** First and last port that an egress gateway may allocate; below the usual ephemeral range. */
export const egressPorts = { first: 10000, last: 29999 } as const;

/** The domain of a cluster's gateway certificates and server names. */
export function meshDomain(cluster: string): string {
  return `${cluster}.mirror.internal`;
}

/** SPIFFE ID of a process of that cluster. */
export function spiffeId(cluster: string, role: 'gateway' | 'operator'): string {
  return `spiffe://${meshDomain(cluster)}/${role}`;
}
