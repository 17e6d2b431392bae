import { listen, ownNames, podLabels } from '../api/names.js';

/** What an installation may choose. */
export interface Install {
  readonly namespace: string;
  /** The one image of all roles, `service-mirror/operator:<version>`, after a registry of one's own if need be. */
  readonly image: string;
  readonly version: string;
}

/** One of our three Deployments. */
export type Component = 'operator' | 'ingress' | 'egress';

/** Name of a component's Deployment, ServiceAccount, PodDisruptionBudget and roles. */
export const nameOf = (component: Component): string => ownNames[component];

/** Labels of an object of that component; selectors use only {@link podLabels}, for they can never change. */
export function labelsOf(component: Component, { version }: Install): Record<string, string> {
  return { ...podLabels(component), ...partOf, 'app.kubernetes.io/version': version };
}

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
