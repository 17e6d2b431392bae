import type { KubeObject, OwnerReference } from '../api/objects.js';
import { keys, managedBy } from '../api/names.js';

/** The object that another one exists for. */
export interface Owner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** Whether the object's controller (the one owner reference with `controller: true`) has that uid. */
export function isControlledBy(object: Readonly<KubeObject>, uid: string): boolean {
  return controllerOf(object)?.uid === uid;
}

/** The owner reference of the object's controller. */
export function controllerOf(object: Readonly<KubeObject>): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true);
}

/** Whether the object is the owner's; `'self'`: whether it carries the operator's managed-by label. */
export function isOwnedBy(object: Readonly<KubeObject>, owner: Owner | 'self'): boolean {
  if (owner === 'self') return object.metadata.labels?.[keys.managedBy] === managedBy;
  return isControlledBy(object, owner.uid);
}

/** A copy with its owner. `blockOwnerDeletion` stays unset: it would need the right to update finalizers. */
export function withOwner<T extends KubeObject>(object: T, owner: Owner | 'self'): T {
  const { metadata } = object;
  if (owner === 'self')
    return {
      ...object,
      metadata: { ...metadata, labels: { ...metadata.labels, [keys.managedBy]: managedBy } },
    };
  const { apiVersion, kind, name, uid } = owner;
  return {
    ...object,
    metadata: { ...metadata, ownerReferences: [{ apiVersion, kind, name, uid, controller: true }] },
  };
}
