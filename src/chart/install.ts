import { listen, ownNames, podLabels } from '../api/names.js';

/** What an installation may choose. */
export interface Install {
  readonly namespace: string;
  /** The one image of all roles, `service-mirror/operator:<version>`, after a registry of one's own if need be. */
  readonly image: string;
  readonly version: string;
  /** Ports of this cluster's API server, behind its Service. */
  readonly apiServerPorts: readonly number[];
  /** Labels of the namespaces whose pods may call mirrors; none: all. */
  readonly mirrorNamespaces: Readonly<Record<string, string>>;
  readonly gateways: Gateways;
  /** The ingress gateway's. */
  readonly service: Service;
}

/** What moves the bytes, and how it stops. */
export interface Gateways {
  readonly implementation: 'haproxy' | 'node';
  readonly haproxyImage: string;
  /** Connections of one gateway pod at once; absent: what it takes by itself. */
  readonly maxConnections?: number;
  /** Longest wait of a pod that is to end until nobody is sent there any more. */
  readonly leaveSeconds: number;
  /** Longest wait for its live connections after that. */
  readonly drainSeconds: number;
  /** Ranges of proxies in front of the ingress gateway that say in a PROXY header who calls. */
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

/** Labels of an object of that component; selectors use only {@link podLabels}, for they can never change. */
export function labelsOf(component: Component, { version }: Install): Record<string, string> {
  return { ...podLabels(component), ...partOf, 'app.kubernetes.io/version': version };
}

/** What moves the bytes unless something else is chosen: a patch release by its name, so that no pull changes it. */
export const haproxyImage = 'haproxy:3.0.11';

/** Label of everything that is installed. */
export const partOf = { 'app.kubernetes.io/part-of': 'service-mirror' } as const;

/** The port of /livez, /readyz and /metrics. */
export const healthPort = { name: 'health', containerPort: listen.health } as const;

/**
 * The image's name as it is built here, without a registry; `IMAGE_PREFIX=registry.example.com/team` at synth puts one
 * in front.
 */
export function imageOf(version: string, prefix = ''): string {
  const registry = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
  return `${registry}service-mirror/operator:${version}`;
}
