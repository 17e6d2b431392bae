import type { Link } from '../../../src/api/link.js';
import type { EndpointSlice, KubeObject, Service } from '../../../src/api/objects.js';
import { apiVersion } from '../../../src/api/resources.js';
import type { ServiceMirror } from '../../../src/api/servicemirror.js';

/** The namespace of everything that is mirrored, in both clusters. */
export const namespace = 'shop';

/** The Link, and Paris' name. */
export const linkName = 'paris';

/** Ready endpoints of each service of Paris. */
const endpointsEach = 10;

/** Name of the n-th service of Paris, and of its mirror. */
export const nameOf = (n: number): string => `s-${n}`;

/** The n-th service as Paris has it, and its slice; `text` travels to the mirror as a label. */
export function remoteObjects(n: number): [Service, EndpointSlice] {
  const metadata = { name: nameOf(n), namespace };
  const labels = { 'kubernetes.io/service-name': nameOf(n) };
  const endpoints = Array.from({ length: endpointsEach }, (_, at) => ({
    addresses: [`10.${9 + (n >> 16)}.${(n >> 8) & 255}.${((n & 15) << 4) + at + 1}`],
    conditions: { ready: true, serving: true, terminating: false },
    nodeName: `node-${at}`,
    targetRef: { kind: 'Pod', name: `${nameOf(n)}-${at}`, namespace },
  }));
  return [
    {
      ...{ apiVersion: 'v1', kind: 'Service', metadata: { ...metadata, labels: { app: nameOf(n) } } },
      spec: { selector: { app: nameOf(n) }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
    },
    {
      ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { ...metadata, labels } },
      ...{ addressType: 'IPv4', ports: [{ name: 'http', port: 8080, protocol: 'TCP' }], endpoints },
    },
  ];
}

/** The n-th ServiceMirror of London. */
export function mirrorOf(n: number): ServiceMirror {
  return {
    ...{ apiVersion, kind: 'ServiceMirror', metadata: { name: nameOf(n), namespace } },
    spec: { cluster: linkName, service: { name: nameOf(n) } },
  };
}

/** A Link of transport `linkerd`, whose gateway answers on loopback. @param probePort of the gateway */
export function linkOf(probePort: number): Link {
  return {
    ...{ apiVersion, kind: 'Link', metadata: { name: linkName } },
    spec: {
      transport: 'linkerd',
      credentialsSecretRef: { name: 'link-paris' },
      imports: { remoteNamespaces: [namespace] },
      gateway: {
        addresses: [{ host: gatewayHost, port: 4143 }],
        identity: 'gateway.linkerd-multicluster.serviceaccount.identity.linkerd.cluster.local',
        probe: { ...probe, port: probePort },
      },
    },
  } as unknown as Link;
}

/** How the gateway of Paris is probed; the bare client does the same. */
export const probe = {
  period: '1s',
  timeout: '1s',
  failureThreshold: 3,
  successThreshold: 1,
  path: '/ready',
};

/** Where the gateway of Paris is: an address for documentation (RFC 5737) that the benchmark's own network has. */
export const gatewayHost = '192.0.2.1';

/** The Secret with the kubeconfig of Paris. */
export function credentialsOf(ownNamespace: string, kubeconfig: string): KubeObject {
  return {
    ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'link-paris', namespace: ownNamespace } },
    ...{ type: 'linkerd.io/link-credentials', stringData: { kubeconfig } },
  };
}

/** A namespace. */
export function namespaceOf(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}
