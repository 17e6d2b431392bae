import type { Link } from '../../../src/api/link.js';
import { credentialsType, keys, managedBy, podLabels } from '../../../src/api/names.js';
import type { EndpointSlice, KubeObject, Pod, Service } from '../../../src/api/objects.js';
import { apiVersion } from '../../../src/api/resources.js';
import type { ServiceMirror } from '../../../src/api/servicemirror.js';

/** Namespace of the operator, in every cluster. */
export const ownNamespace = 'service-mirror';

/** Where the gateway of Paris is: an address for documentation (RFC 5737) that the benchmark's own network has. */
export const gatewayHost = '192.0.2.1';

/** Where egress pods of London are; the third one replaces the first. */
export const egressHosts = ['192.0.2.11', '192.0.2.12', '192.0.2.13'] as const;

/** Ready endpoints of each service of Paris. */
const endpointsEach = 10;

/** The label that the Link selects Services of Paris by. */
export const chosen = { mirrored: 'yes' } as const;

/** The label of the first {@link mostFederated} of them, which Links may federate. */
export const joining = { federated: 'yes' } as const;

/** The label by which two Links share the services of all namespaces: each takes every other one. */
export const halfOf = (n: number): Readonly<Record<string, string>> => ({ half: String(n % 2) });

/** A federation has at most so many names: each has as many slices as there are clusters. */
export const mostFederated = 500;

/** How many services there are, and in how many namespaces, the same in both clusters; with many Links it is one for each. */
export interface Layout {
  readonly services: number;
  readonly spread: number;
}

/** A namespace that holds a part of the services, and their mirrors. */
export const namespaceName = (n: number, { spread }: Pick<Layout, 'spread'>): string => `shop-${n % spread}`;

/** Name of the n-th service of Paris, and of its mirror. */
export const nameOf = (n: number): string => `s-${n}`;

/** The n-th service as Paris has it, and its slice, as the cluster's own controllers write it. */
export function remoteObjects(n: number, layout: Pick<Layout, 'spread'>): [Service, EndpointSlice] {
  const labels = { ...chosen, ...halfOf(n), ...(n < mostFederated && joining) };
  return exportedAs(nameOf(n), n, { namespace: namespaceName(n, layout), labels });
}

/** Services of Paris that no Link selects, in the same namespaces. */
export function unrelatedObjects(n: number, layout: Pick<Layout, 'spread'>): [Service, EndpointSlice] {
  return exportedAs(`other-${n}`, n, { namespace: namespaceName(n, layout), labels: {} });
}

function exportedAs(
  name: string,
  n: number,
  { namespace, labels }: { namespace: string; labels: Readonly<Record<string, string>> },
): [Service, EndpointSlice] {
  const common = { name, namespace, labels: { ...labels, app: name } };
  const endpoints = Array.from({ length: endpointsEach }, (_, at) => ({
    addresses: [`10.${9 + (n >> 16)}.${(n >> 8) & 255}.${((n & 15) << 4) + at + 1}`],
    conditions: { ready: true, serving: true, terminating: false },
    nodeName: `node-${at}`,
    targetRef: { kind: 'Pod', name: `${name}-${at}`, namespace },
  }));
  const ofController = {
    [keys.serviceName]: name,
    [keys.sliceManagedBy]: 'endpointslice-controller.k8s.io',
  };
  return [
    {
      ...{ apiVersion: 'v1', kind: 'Service', metadata: common },
      spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
    },
    {
      ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' },
      metadata: { ...common, labels: { ...common.labels, ...ofController } },
      ...{ addressType: 'IPv4', ports: [{ name: 'http', port: 8080, protocol: 'TCP' }], endpoints },
    },
  ];
}

/** Name of the Link that the n-th mirror takes from, of so many. */
export const linkName = (n: number, links: number): string => (links === 1 ? 'paris' : `paris-${n % links}`);

/** The n-th ServiceMirror of London. */
export function mirrorOf(n: number, layout: Pick<Layout, 'spread'>, links: number): ServiceMirror {
  return {
    ...{ apiVersion, kind: 'ServiceMirror' },
    metadata: { name: nameOf(n), namespace: namespaceName(n, layout) },
    spec: { cluster: linkName(n, links), service: { name: nameOf(n) } },
  };
}

/** The automatic mirror of a Service, as the operator writes it but for its owner. */
export function automaticMirrorOf({ metadata: { name, namespace = '' } }: Service): ServiceMirror {
  return {
    ...{ apiVersion, kind: 'ServiceMirror' },
    metadata: {
      ...{ name, namespace },
      labels: { [keys.managedBy]: managedBy, [keys.link]: linkName(0, 1) },
      annotations: { [keys.remoteService]: `${namespace}/${name}` },
    },
    spec: { cluster: linkName(0, 1), service: { name, namespace }, name },
  };
}

/** What a Link takes, and how. */
export interface LinkWishes {
  readonly name: string;
  /** Labels of the Services that it takes. @default {@link chosen} */
  readonly selects?: Readonly<Record<string, string>>;
  /** Its only remote namespace. @default all of them */
  readonly only?: string;
  /** It makes the mirrors of what it takes. @default somebody writes them */
  readonly automatic?: true;
  /** What it takes are members of federated mirrors. */
  readonly federated?: true;
  readonly over: LinkTransport;
}

/** Linkerd's gateway, which answers probes on loopback, or our own, whose peer is pinned; or none. */
export type LinkTransport =
  | { readonly transport: 'linkerd'; readonly probePort: number }
  | { readonly transport: 'gateway'; readonly peer: string; readonly caBundle: string }
  | { readonly transport: 'flat' };

/** What the n-th of several Links takes: one namespace, if there are as many; of two, every other service. */
export function shareOf(
  n: number,
  links: number,
  layout: Pick<Layout, 'spread'>,
): Pick<LinkWishes, 'selects' | 'only'> {
  return links === layout.spread ? { only: namespaceName(n, layout) } : { selects: halfOf(n) };
}

/** How the gateway of Paris is probed; the bare client does the same. */
export const probe = {
  period: '1s',
  timeout: '1s',
  failureThreshold: 3,
  successThreshold: 1,
  path: '/ready',
};

/** A Link to Paris; its credentials are a Secret of its own. */
export function linkOf({ name, selects = chosen, only, automatic, federated, over }: LinkWishes): Link {
  const imports = {
    selector: { matchLabels: { ...selects } },
    ...(only && { remoteNamespaces: [only] }),
    ...(automatic && { automatic, nameTemplate: '{service}' }),
    ...(federated && { federated: { selector: { matchLabels: { ...selects } } } }),
  };
  return {
    ...{ apiVersion, kind: 'Link', metadata: { name } },
    spec: {
      transport: over.transport,
      credentialsSecretRef: { name: `link-${name}` },
      imports,
      ...gatewayOf(over),
    },
  } as unknown as Link;
}

function gatewayOf(over: LinkTransport): object {
  const addresses = [{ host: gatewayHost, port: 4143 }];
  switch (over.transport) {
    case 'linkerd': {
      const identity = 'gateway.linkerd-multicluster.serviceaccount.identity.linkerd.cluster.local';
      return { gateway: { addresses, identity, probe: { ...probe, port: over.probePort } } };
    }
    case 'gateway':
      return { gateway: { addresses }, peer: { cluster: over.peer, caBundle: over.caBundle } };
    case 'flat':
      return {};
    default:
      return over satisfies never;
  }
}

/** The Secret of a Link. @param kubeconfig text of a kubeconfig of Paris */
export function credentialsOf(link: string, kubeconfig: string): KubeObject {
  return {
    ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: `link-${link}`, namespace: ownNamespace } },
    ...{ type: credentialsType, stringData: { kubeconfig } },
  };
}

/** A namespace. */
export function namespaceOf(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

/** An egress pod of London; its finalizer holds it while it leaves, as a kubelet would. */
export function egressPodOf(name: string): Pod {
  const securityContext = {
    ...{ runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    seccompProfile: { type: 'RuntimeDefault' },
  };
  return {
    ...{ apiVersion: 'v1', kind: 'Pod' },
    metadata: {
      ...{ name, namespace: ownNamespace, labels: podLabels('egress'), finalizers: ['example.com/kubelet'] },
    },
    spec: { containers: [{ name: 'egress', image: 'none', securityContext }] },
  } as Pod;
}
