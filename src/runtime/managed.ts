import type { KubeObject, ManagedFields } from '../api/objects.js';

/** Whether an entry of `managedFields` belongs to that manager, or to one of its parts (`manager-part`). */
export function isOurs(entry: ManagedFields, manager: string): boolean {
  return entry.manager === manager || entry.manager?.startsWith(`${manager}-`) === true;
}

/**
 * Removes what caches do not need: the entries of `managedFields` of other managers. Ours stay, because they say
 * which labels we may remove.
 */
export function trimManagedFields<T extends KubeObject>(object: T, manager: string): T {
  const { managedFields } = object.metadata;
  if (managedFields === undefined) return object;
  const kept = managedFields.filter((entry) => isOurs(entry, manager));
  if (kept.length > 0) object.metadata.managedFields = kept;
  else delete object.metadata.managedFields;
  return object;
}

/** Names below a path in the sets (KEP-555, `fieldsV1`) that `manager` owns in the object itself, not its status. */
export function ownedNames(
  object: Readonly<KubeObject>,
  manager: string,
  path: readonly string[],
): Set<string> {
  const names = new Set<string>();
  for (const entry of object.metadata.managedFields ?? []) {
    if (entry.manager !== manager || (entry.subresource ?? '') !== '') continue;
    let set: unknown = entry.fieldsV1;
    for (const part of path) set = (set as Record<string, unknown> | undefined)?.[`f:${part}`];
    for (const field of Object.keys(set ?? {})) if (field.startsWith('f:')) names.add(field.slice(2));
  }
  return names;
}

/**
 * Whether a manager owns something under `status` that it no longer wants: then it must apply again to release it.
 *
 * @param status the desired status
 */
export function letsGo(object: Readonly<KubeObject>, manager: string, status: object): boolean {
  return (object.metadata.managedFields ?? []).some(
    (entry) =>
      entry.manager === manager &&
      entry.subresource === 'status' &&
      exceeds((entry.fieldsV1?.['f:status'] ?? {}) as Record<string, unknown>, status),
  );
}

/** Whether a set holds a field or a keyed list element that the value lacks. */
function exceeds(set: Record<string, unknown>, value: unknown): boolean {
  return Object.entries(set).some(([field, below]) => {
    const child = childOf(field, value);
    if (child === 'whole') return false;
    return child === undefined || exceeds(below as Record<string, unknown>, child);
  });
}

/** `f:name` is a field, `k:{...}` the list element with those keys; `.` and `v:` are about the value as a whole. */
function childOf(field: string, value: unknown): unknown {
  if (field.startsWith('f:')) return (value as Record<string, unknown> | undefined)?.[field.slice(2)];
  if (!field.startsWith('k:')) return 'whole';
  const keys = Object.entries(JSON.parse(field.slice(2)) as Record<string, unknown>);
  if (!Array.isArray(value)) return undefined;
  return (value as Record<string, unknown>[]).find((item) => keys.every(([name, key]) => item[name] === key));
}
