import type { KubeObject } from '../api/objects.js';
import { keyOf, type Resource } from '../api/resources.js';
import { covers, difference, equal } from './difference.js';
import { ApiError, isAlreadyExists, isNotFound, UndoneError } from './errors.js';
import type { KubeClient } from './kube.js';
import type { Log } from './log.js';
import { letsGo, ownedNames } from './managed.js';
import type { Metrics } from './metrics.js';
import type { OwnWrite } from './reflector/ownwrites.js';
import { isOwnedBy, withOwner, type Owner } from './ownership.js';

export { controllerOf, isControlledBy, type Owner } from './ownership.js';

/** `foreign`: an object of that name exists and belongs to somebody else, and was left alone. */
export type ApplyResult = 'created' | 'updated' | 'unchanged' | 'foreign';

/** The desired status, and the view on which it was decided. */
export interface StatusWrite<T extends KubeObject> {
  readonly actual: Readonly<T>;
  readonly status: object;
  /** Field manager of this writer. */
  readonly manager: string;
  /** This writer alone writes the status: the stored one must be exactly the desired one, not only contain it. */
  readonly sole?: true;
}

/** The only path for writing objects. Throws the errors of the API client; 409 means: look again and decide again. */
export interface Applier {
  /**
   * Makes every field of `desired` true, on the object as it was when that was decided. Fields that `desired` does
   * not name are left to others. Labels and annotations that we set earlier and no longer name are removed. Throws an
   * UndoneError when the server stores something else.
   */
  own<T extends KubeObject>(
    r: Resource<T>,
    desired: T,
    actual: Readonly<T> | undefined,
    owner: Owner | 'self',
  ): Promise<ApplyResult>;
  /** Changes single fields of an object of somebody else, as it was when that was decided; `null` removes one. */
  amend<T extends KubeObject>(
    r: Resource<T>,
    actual: Readonly<T>,
    fields: { readonly metadata?: object; readonly [field: string]: unknown },
  ): Promise<void>;
  /**
   * Creates an object that cannot be made twice, such as a key that others trust; an existing one stays, whoever made
   * it.
   */
  once<T extends KubeObject>(r: Resource<T>, desired: T): Promise<'created' | 'unchanged'>;
  /** Deletes this very object, not another one of its name. */
  remove<T extends KubeObject>(r: Resource<T>, actual: Readonly<T>): Promise<void>;
  /**
   * Server-side apply (KEP-555) of a status, or, by a sole writer, replacement of all of it; skipped when it already
   * says the same. Fails with 409 when the object has changed since, or is another one of the same name.
   */
  status<T extends KubeObject>(r: Resource<T>, o: StatusWrite<T>): Promise<'updated' | 'unchanged'>;
}

/** Lets a cache know that a write to one object begins. Undefined: no cache holds that kind. */
export type BeginWrite = <T extends KubeObject>(r: Resource<T>, key: string) => OwnWrite<T> | undefined;

/** Makes the write path of one client. */
export function createApplier(
  kube: KubeClient,
  o: {
    fieldManager: string;
    log: Log;
    metrics?: Metrics;
    /** Called before each write. */
    beginWrite?: BeginWrite;
  },
): Applier {
  /** Sends a write, and lets the cache know of it. */
  const write = async <T extends KubeObject>(
    r: Resource<T>,
    key: string,
    send: () => Promise<T>,
  ): Promise<T> => {
    const its = o.beginWrite?.<T>(r, key);
    try {
      const written = await send();
      its?.end(written);
      return written;
    } catch (error) {
      its?.end();
      throw error;
    }
  };
  const count = <R extends string>(r: Resource, object: KubeObject, result: R): R => {
    o.metrics?.writes.inc({ resource: r.plural, result });
    if (result !== 'unchanged')
      o.log.debug('object written', { resource: r.plural, object: keyOf(object), result });
    return result;
  };

  /**
   * Checks that the server has stored what was written: otherwise every reconcile would write the same again, for
   * ever.
   */
  const heldTo = <T extends KubeObject>(desired: T, stored: Readonly<T>) => {
    const undone = patchOf(desired, stored, o.fieldManager);
    if (undone !== undefined) throw new UndoneError(fieldsOf(undone));
  };

  const create = async <T extends KubeObject>(
    r: Resource<T>,
    desired: T,
    owner: Owner | 'self',
  ): Promise<ApplyResult> => {
    try {
      heldTo(desired, await write(r, keyOf(desired), () => kube.create(r, withoutNulls(desired))));
      return 'created';
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      // the cache may lag behind our own creation, and only the server knows the owner
      return update(r, desired, await existing(r, desired, error), owner);
    }
  };

  const existing = async <T extends KubeObject>(
    r: Resource<T>,
    desired: T,
    conflict: ApiError,
  ): Promise<T> => {
    try {
      return await kube.get(r, keyOf(desired));
    } catch (error) {
      if (isNotFound(error)) throw new ApiError(conflict.message, { status: 409, reason: 'Conflict' });
      throw error;
    }
  };

  const update = async <T extends KubeObject>(
    r: Resource<T>,
    desired: T,
    actual: Readonly<T>,
    owner: Owner | 'self',
  ): Promise<ApplyResult> => {
    if (!isOwnedBy(actual, owner)) return 'foreign';
    const patch = patchOf(desired, actual, o.fieldManager);
    if (patch === undefined) return 'unchanged';
    const { uid, resourceVersion } = actual.metadata;
    const metadata = { ...(patch.metadata as object | undefined), uid, resourceVersion };
    heldTo(
      desired,
      await write(r, keyOf(actual), () => kube.mergePatch(r, keyOf(actual), { ...patch, metadata })),
    );
    return 'updated';
  };

  const applyStatus = <T extends KubeObject>(
    r: Resource<T>,
    actual: Readonly<T>,
    status: object,
    manager: string,
  ) =>
    // not the uid: here the status endpoint of a custom resource ignores it
    kube.apply(r, statusBody(actual, status), { fieldManager: manager, subresource: 'status' });

  /** Costs the API server a sixth less than an apply, which has to compare the fields of all managers. */
  const replaceStatus = <T extends KubeObject>(
    r: Resource<T>,
    actual: Readonly<T>,
    status: object,
    manager: string,
  ) => {
    const { metadata, ...body } = statusBody(actual, status);
    const { uid } = actual.metadata;
    return kube.replace(r, { ...body, metadata: { ...metadata, ...(uid !== undefined && { uid }) } } as T, {
      fieldManager: manager,
      subresource: 'status',
    });
  };

  return {
    async own(r, desired, actual, owner) {
      const owned = withOwner(desired, owner);
      const result = await (actual === undefined ? create(r, owned, owner) : update(r, owned, actual, owner));
      return count(r, desired, result);
    },

    async amend(r, actual, fields) {
      const { uid, resourceVersion } = actual.metadata;
      const patch = { ...fields, metadata: { ...fields.metadata, uid, resourceVersion } };
      await write(r, keyOf(actual), () => kube.mergePatch(r, keyOf(actual), patch));
      count(r, actual, 'updated');
    },

    async once(r, desired) {
      try {
        await write(r, keyOf(desired), () => kube.create(r, withOwner(desired, 'self')));
        return count(r, desired, 'created');
      } catch (error) {
        if (!isAlreadyExists(error)) throw error;
        return count(r, desired, 'unchanged');
      }
    },

    async remove(r, actual) {
      const { uid } = actual.metadata;
      await kube.remove(r, keyOf(actual), uid === undefined ? undefined : { uid });
      count(r, actual, 'removed');
    },

    async status(r, { actual, status, manager, sole }) {
      const found = (actual as { status?: unknown }).status;
      const same = sole ? equal(found, status) : covers(found, status) && !letsGo(actual, manager, status);
      if (same) return count(r, actual, 'unchanged');
      await write(r, keyOf(actual), () =>
        sole ? replaceStatus(r, actual, status, manager) : applyStatus(r, actual, status, manager),
      );
      return count(r, actual, 'updated');
    },
  };
}

/** The object with its name, its resource version and that status alone. */
function statusBody<T extends KubeObject>({ apiVersion, kind, metadata }: Readonly<T>, status: object) {
  const { name, namespace, resourceVersion } = metadata;
  return {
    ...{ apiVersion, kind, status },
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(resourceVersion !== undefined && { resourceVersion }),
    },
  } as KubeObject as T;
}

/** Fields that the server fills, or that name the object: never part of a patch. */
const notOurs = new Set(['apiVersion', 'kind', 'status']);
const metadataOfOurs = ['labels', 'annotations', 'ownerReferences'] as const;

function patchOf(desired: KubeObject, actual: Readonly<KubeObject>, manager: string) {
  const { metadata: _metadata, ...body } = desired;
  const wish = {
    ...Object.fromEntries(Object.entries(body).filter(([name]) => !notOurs.has(name))),
    metadata: metadataWish(desired, actual, manager),
  };
  return difference(wish, actual);
}

function metadataWish(
  desired: KubeObject,
  actual: Readonly<KubeObject>,
  manager: string,
): Record<string, unknown> {
  const wish: Record<string, unknown> = {};
  for (const name of metadataOfOurs)
    if (desired.metadata[name] !== undefined) wish[name] = desired.metadata[name];
  // the controller was checked before; further owners are other people's concern
  delete wish.ownerReferences;
  for (const name of ['labels', 'annotations'] as const) {
    const abandoned = [...ownedNames(actual, manager, name)].filter(
      (key) => desired.metadata[name]?.[key] === undefined,
    );
    if (abandoned.length > 0)
      wish[name] = { ...Object.fromEntries(abandoned.map((key) => [key, null])), ...desired.metadata[name] };
  }
  return wish;
}

/** Fields of a patch, as in `spec.ports` and `metadata.labels`. */
function fieldsOf(patch: Record<string, unknown>): string[] {
  return Object.entries(patch).flatMap(([name, below]) =>
    typeof below === 'object' && below !== null && !Array.isArray(below)
      ? Object.keys(below).map((field) => `${name}.${field}`)
      : [name],
  );
}

/** Removes `null`, which a POST, unlike a merge patch, does not understand. */
function withoutNulls<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutNulls) as T;
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, field]) => field !== null && field !== undefined);
  return Object.fromEntries(kept.map(([name, field]) => [name, withoutNulls(field)])) as T;
}
