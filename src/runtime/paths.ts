import type { KubeObject } from '../api/objects.js';
import { splitKey, type Resource } from '../api/resources.js';

/** A selection of objects of a kind; absent parts do not narrow it. */
export interface Selection {
  readonly namespace?: string;
  /** As in the query parameter, see `labelSelectorToString`. */
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

/** Path of a collection: of one namespace, or of all when none is given. */
export function collectionPath(r: Resource, namespace?: string): string {
  const root = r.group === '' ? `/api/${r.version}` : `/apis/${r.group}/${r.version}`;
  const scope = r.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${scope}/${r.plural}`;
}

/** Path of one object by its key (`namespace/name`, or `name` for what has no namespace), or of a subresource of it. */
export function objectPath(r: Resource, key: string, subresource?: string): string {
  const { namespace, name } = splitKey(key);
  if (r.namespaced !== (namespace !== undefined))
    throw new Error(
      `key ${key} of ${r.plural}: expected ${r.namespaced ? 'namespace/name' : 'a name alone'}`,
    );
  const path = `${collectionPath(r, namespace)}/${encodeURIComponent(name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

/** Writes query parameters (RFC 3986) without those that are undefined or empty; with the `?` if there are any. */
export function query(parameters: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const parts = Object.entries(parameters)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

/** `v1` or `group/version`, as in an object's `apiVersion`. */
export function apiVersionOf(r: Resource<KubeObject>): string {
  return r.group === '' ? r.version : `${r.group}/${r.version}`;
}
