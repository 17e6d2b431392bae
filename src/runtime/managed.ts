import type { KubeObject, ManagedFields } from '../api/objects.js';

/** Whether an entry of `managedFields` belongs to that manager, or to one of its parts (`manager-part`). */
export function isOurs(entry: ManagedFields, manager: string): boolean {
  return entry.manager === manager || entry.manager?.startsWith(`${manager}-`) === true;
}

/**
 * Removes what caches do not need of `managedFields`: the entries of other managers, and of ours all but what is read
 * here.
 *
 * @param one gives one entry for all equal ones
 */
export function trimManagedFields<T extends KubeObject>(
  object: T,
  manager: string,
  one: (entry: ManagedFields) => ManagedFields = (entry) => entry,
): T {
  const { managedFields, ...metadata } = object.metadata;
  if (managedFields === undefined) return object;
  const kept = managedFields.flatMap((entry) => (isOurs(entry, manager) ? [one(essence(entry))] : []));
  // not `delete`, after which V8 keeps an object as a table
  object.metadata = kept.length > 0 ? { ...metadata, managedFields: kept } : metadata;
  return object;
}

/** Removes all of `managedFields`, where nobody reads them. */
export function withoutManagedFields<T extends KubeObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata;
  object.metadata = metadata;
  return object;
}

/** Who has written something of the spec by server-side apply (KEP-555), without what that was. */
export function appliersOf({ metadata }: Readonly<KubeObject>): ManagedFields[] {
  return (metadata.managedFields ?? []).flatMap(({ manager = '', operation, subresource = '', fieldsV1 }) =>
    operation === applied && subresource === '' && fieldsV1?.['f:spec'] !== undefined
      ? [{ manager, operation }]
      : [],
  );
}

const applied = 'Apply';

/**
 * Whether somebody manages the object by a manifest: by server-side apply, as {@link appliersOf} has kept it, or by the
 * other one of kubectl, which keeps the manifest in an annotation.
 */
export function isApplied({ metadata }: Readonly<KubeObject>): boolean {
  return (
    metadata.annotations?.['kubectl.kubernetes.io/last-applied-configuration'] !== undefined ||
    metadata.managedFields?.some(({ operation }) => operation === applied) === true
  );
}

/** Of the object itself the labels and annotations, and of its status everything. */
function essence({ manager = '', subresource = '', fieldsV1 = {} }: ManagedFields): ManagedFields {
  if (subresource !== '') return { manager, subresource, fieldsV1 };
  const { 'f:labels': labels, 'f:annotations': annotations } = (fieldsV1['f:metadata'] ?? {}) as Record<
    string,
    unknown
  >;
  return {
    manager,
    fieldsV1: {
      'f:metadata': {
        ...(labels !== undefined && { 'f:labels': labels }),
        ...(annotations !== undefined && { 'f:annotations': annotations }),
      },
    },
  };
}

/** The names of labels or annotations that `manager` owns: their set (KEP-555, `fieldsV1`) in the object itself. */
export function ownedNames(
  object: Readonly<KubeObject>,
  manager: string,
  kind: 'labels' | 'annotations',
): Set<string> {
  const names = new Set<string>();
  for (const entry of object.metadata.managedFields ?? []) {
    if (entry.manager !== manager || (entry.subresource ?? '') !== '') continue;
    const metadata = entry.fieldsV1?.['f:metadata'] as Record<string, object> | undefined;
    for (const field of Object.keys(metadata?.[`f:${kind}`] ?? {}))
      if (field.startsWith('f:')) names.add(field.slice(2));
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
