import { listen, ownNames, podLabels } from '../api/names.js';
import type { ImplementationName } from '../gateway/implementations.js';

/** The choices of an installation. */
export interface Install {
  readonly namespace: string;
  /** The one image of all roles, `service-mirror/operator:<version>`, if need be with a registry in front. */
  readonly image: string;
  readonly version: string;
  /** Ports of this cluster's API server, behind its Service. */
  readonly apiServerPorts: readonly number[];
  /** Labels of the namespaces whose pods may call mirrors; none: all. */
  readonly mirrorNamespaces: Readonly<Record<string, string>>;
  /** Into how many shares the Links are divided, each for one replica of the operator. */
  readonly shares: number;
  /** Whether the operator may create namespaces, for Links whose imports say so. */
  readonly createNamespaces: boolean;
  readonly gateways: Gateways;
  /** The Service of the ingress gateway. */
  readonly service: Service;
}

/** The implementation that carries the traffic, and how it stops. */
export interface Gateways {
  readonly implementation: ImplementationName;
  readonly haproxyImage: string;
  /** Most connections of one gateway pod; absent: the default of the program. */
  readonly maxConnections?: number;
  /** Longest time for which a pod that ends waits until no slice lists it. */
  readonly leaveSeconds: number;
  /** Longest time for which it then waits for its live connections. */
  readonly drainSeconds: number;
  /** Networks of the proxies in front of the ingress gateway that send PROXY headers. */
  readonly proxyProtocolFrom: readonly string[];
}

/** How the ingress gateway's Service is reached from other clusters; empty lists are left out. */
export interface Service {
  readonly type: 'LoadBalancer' | 'NodePort' | 'ClusterIP';
  readonly externalTrafficPolicy: 'Cluster' | 'Local';
  readonly sourceRanges: readonly string[];
  readonly externalIPs: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
}

/** One of our three Deployments. */
export type Component = 'operator' | 'ingress' | 'egress';

/** Name of a component's Deployment, ServiceAccount, PodDisruptionBudget and roles. */
export const nameOf = (component: Component): string => ownNames[component];

/** Labels of an object of that component; selectors use only {@link podLabels}, because a selector can never change. */
export function labelsOf(component: Component, { version }: Install): Record<string, string> {
  return { ...podLabels(component), ...partOf, 'app.kubernetes.io/version': version };
}

/** The default image for the traffic: its tag is a patch release, so that no pull changes it. */
export const haproxyImage = 'haproxy:3.0.11';

/** Builds of HAProxy that the manifests can name: the official one on OpenSSL, and our own on AWS-LC. */
export const haproxyBuilds = ['stock', 'aws-lc'] as const;

/** One of them. */
export type HaproxyBuild = (typeof haproxyBuilds)[number];

/** The tag of our build: of HAProxy, of Debian's fixes to it, and of AWS-LC. */
export const awsLcTag = '3.0.11-deb13u5-lc5.12.0';

/** The label of all installed objects. */
export const partOf = { 'app.kubernetes.io/part-of': 'service-mirror' } as const;

/** The port of /livez, /readyz and /metrics. */
export const healthPort = { name: 'health', containerPort: listen.health } as const;

/** The name of our image without a registry; `IMAGE_PREFIX=registry.example.com/team` at synth puts one in front. */
export function imageOf(version: string, prefix = ''): string {
  return `${registryOf(prefix)}service-mirror/operator:${version}`;
}

/** The name of an image of HAProxy; a prefix is only for the one that is ours. */
export function haproxyImageOf(build: HaproxyBuild, prefix = ''): string {
  return build === 'stock' ? haproxyImage : `${registryOf(prefix)}service-mirror/haproxy-aws-lc:${awsLcTag}`;
}

function registryOf(prefix: string): string {
  return prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
}
