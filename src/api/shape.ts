import type { MirrorCluster, ServiceMirror, ServiceMirrorSpec } from './servicemirror.js';

/**
 * Gives a ServiceMirror's spec the shape that its type promises. An object that was stored under an older, laxer CRD
 * may lack it. A wrong value stays wrong, so that parsing still reports it. A sound object is returned as it is.
 */
export function shaped(mirror: ServiceMirror): ServiceMirror {
  const spec: Record<string, unknown> = isFields(mirror.spec) ? mirror.spec : {};
  return hasShape(spec) ? mirror : { ...mirror, spec: specOf(spec) };
}

function hasShape({ cluster, clusters, service, name, ports }: Record<string, unknown>): boolean {
  return (
    (isThere(clusters) ? isOptionalText(cluster) && isList(clusters) : typeof cluster === 'string') &&
    isFields(service) &&
    typeof service['name'] === 'string' &&
    isOptionalText(service['namespace']) &&
    isOptionalText(name) &&
    (ports === undefined || Array.isArray(ports))
  );
}

function specOf(spec: Record<string, unknown>): ServiceMirrorSpec {
  const { cluster, clusters, service, name, ports, minReady } = spec;
  const { name: of, namespace }: Record<string, unknown> = isFields(service) ? service : {};
  return {
    ...((isThere(cluster) || !isThere(clusters)) && { cluster: text(cluster) }),
    ...(isThere(clusters) && { clusters: listOf(clusters) }),
    ...(isThere(minReady) && { minReady: minReady as number }),
    service: { name: text(of), ...(isThere(namespace) && { namespace: text(namespace) }) },
    ...(isThere(name) && { name: text(name) }),
    ...(isThere(ports) && { ports: Array.isArray(ports) ? (ports as number[]) : [] }),
  };
}

/** Clusters with names; what else is wrong with them is reported when they are parsed. */
function isList(value: unknown): boolean {
  return (
    Array.isArray(value) && value.every((one: unknown) => isFields(one) && typeof one['name'] === 'string')
  );
}

function listOf(value: unknown): MirrorCluster[] {
  if (!Array.isArray(value)) return [];
  return value.map((one: unknown) => {
    const fields: Record<string, unknown> = isFields(one) ? one : {};
    return { ...fields, name: text(fields['name']) };
  });
}

/** Turns a value that is no text into a text that no rule allows. */
function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function isOptionalText(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
