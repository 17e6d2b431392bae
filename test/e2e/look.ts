import { isDeepStrictEqual } from 'node:util';
import { keys, managedBy, podLabels } from '../../src/api/names.js';
import type { KubeObject, Pod } from '../../src/api/objects.js';
import { endpointSlices, links, pods, serviceMirrors, services } from '../../src/api/resources.js';
import type { ClusterDriver } from '../driver/cluster.js';

/**
 * What must stay as it is when nothing happens: resource versions of mirrors and of what they made, and the conditions
 * of Links, which also count mirrors.
 */
export async function unmovedOf(cluster: ClusterDriver): Promise<Record<string, unknown>> {
  const objects = [...(await cluster.everywhere(serviceMirrors)), ...(await ownObjects(cluster))];
  const conditions = (await cluster.everywhere(links)).map(({ metadata, status }): [string, unknown] => [
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
export async function movedSince(cluster: ClusterDriver, before: Record<string, unknown>): Promise<string[]> {
  const now = await unmovedOf(cluster);
  return Object.keys(before).filter((name) => !isDeepStrictEqual(now[name], before[name]));
}

/** All Services and slices of which labels say that the operator wrote them. */
export async function ownObjects(cluster: ClusterDriver): Promise<KubeObject[]> {
  const all = await Promise.all([
    cluster.everywhere<KubeObject>(services),
    cluster.everywhere<KubeObject>(endpointSlices),
  ]);
  return all.flat().filter(({ metadata }) => metadata.labels?.[keys.managedBy] === managedBy);
}

/** The pods of one part of the product that are not on their way out. */
export async function ownPods(
  cluster: ClusterDriver,
  component: 'operator' | 'ingress' | 'egress',
): Promise<Pod[]> {
  const wanted = Object.entries(podLabels(component));
  const all = await cluster.own.list(pods);
  return all.filter(
    ({ metadata: { labels, deletionTimestamp } }) =>
      deletionTimestamp === undefined && wanted.every(([key, value]) => labels?.[key] === value),
  );
}
