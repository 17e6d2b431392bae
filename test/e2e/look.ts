import { isDeepStrictEqual } from 'node:util';
import { keys, managedBy, podLabels } from '../../src/api/names.js';
import { conditionOf } from '../../src/api/conditions.js';
import type { Condition, EndpointSlice, KubeObject, Pod } from '../../src/api/objects.js';
import {
  endpointSlices,
  links,
  pods,
  serviceMirrors,
  services,
  type Resource,
} from '../../src/api/resources.js';
import { isNotFound } from '../../src/runtime/kube.js';
import { eventually, type EventuallyOptions } from './eventually.js';
import { ownNamespace, type E2eCluster } from '../driver/real.js';

type Conditioned = KubeObject & { status?: { conditions?: readonly Condition[] } };

/** A condition as `Type=Status/Reason`; what a test expects, and what it is told when it waits in vain. */
export type ConditionText = `${string}=${Condition['status']}${'' | `/${string}`}`;

/** Waits until an object has all these conditions, each `Type=Status` or `Type=Status/Reason`, and returns it. */
export function whenConditions<T extends Conditioned>(
  { kube, cluster }: E2eCluster,
  [resource, key]: readonly [Resource<T>, string],
  wanted: readonly ConditionText[],
  options: Pick<EventuallyOptions<T>, 'within'> = {},
): Promise<T> {
  return eventually(
    `${resource.kind} ${key} of ${cluster.name} to say ${wanted.join(', ')}`,
    () => kube.get(resource, key),
    (object) => wanted.every((text) => says(object, text)),
    { ...options, show: describe },
  );
}

/** A mirror in the namespace default. */
export function aMirror(name: string) {
  return [serviceMirrors, `default/${name}`] as const;
}

/** A Link. */
export function aLink(name: string) {
  return [links, name] as const;
}

/** The slices of a Service in the namespace default. */
export async function slicesOf(site: E2eCluster, service: string): Promise<EndpointSlice[]> {
  const all = await site.all(endpointSlices, 'default');
  return all.filter(({ metadata }) => metadata.labels?.[keys.serviceName] === service);
}

/** Whether an object does not exist; any other failure to read it is thrown. */
export async function isGone<T extends KubeObject>(
  { kube }: E2eCluster,
  [resource, key]: readonly [Resource<T>, string],
): Promise<boolean> {
  try {
    await kube.get(resource, key);
    return false;
  } catch (error) {
    if (isNotFound(error)) return true;
    throw error;
  }
}

/**
 * What must stay as it is when nothing happens: resource versions of mirrors and of what they made, and the conditions
 * of Links, which also count mirrors.
 */
export async function unmovedOf(site: E2eCluster): Promise<Record<string, unknown>> {
  const written = (
    await Promise.all([site.all<KubeObject>(services), site.all<KubeObject>(endpointSlices)])
  ).flat();
  const objects = [
    ...(await site.all<KubeObject>(serviceMirrors)),
    ...written.filter(({ metadata }) => isOurs(metadata.labels)),
  ];
  const conditions = (await site.all(links)).map(({ metadata, status }): [string, unknown] => [
    `Link ${metadata.name}`,
    status?.conditions,
  ]);
  const versions = objects.map(({ kind, metadata }): [string, unknown] => [
    `${kind} ${metadata.name}`,
    metadata.resourceVersion,
  ]);
  return Object.fromEntries([...versions, ...conditions]);
}

/** Objects of `before` that are other now, or gone. */
export async function movedSince(site: E2eCluster, before: Record<string, unknown>): Promise<string[]> {
  const now = await unmovedOf(site);
  return Object.keys(before).filter((name) => !isDeepStrictEqual(now[name], before[name]));
}

/** Whether labels say that the operator wrote it. */
export function isOurs(labels: Readonly<Record<string, string>> | undefined): boolean {
  return labels?.[keys.managedBy] === managedBy;
}

function says(object: Conditioned, text: ConditionText): boolean {
  const [, type = '', status, reason] = /^(\w+)=(\w+)(?:\/(\w+))?$/.exec(text) ?? [];
  const condition = conditionOf(object, type);
  return condition?.status === status && (reason === undefined || condition?.reason === reason);
}

function describe({ status }: Conditioned): string {
  const conditions = status?.conditions ?? [];
  if (conditions.length === 0) return 'no conditions';
  return conditions
    .map(({ type, status, reason, message }) => `${type}=${status}/${reason} (${message})`)
    .join('; ');
}

/** The pods of one part of the product that are not on their way out. */
export async function ownPods(
  site: E2eCluster,
  component: 'operator' | 'ingress' | 'egress',
): Promise<Pod[]> {
  const wanted = Object.entries(podLabels(component));
  const all = await site.all(pods, ownNamespace);
  return all.filter(
    ({ metadata: { labels, deletionTimestamp } }) =>
      deletionTimestamp === undefined && wanted.every(([key, value]) => labels?.[key] === value),
  );
}
