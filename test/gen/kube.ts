import type { KubeObject, ObjectMeta } from '../../src/api/objects.js';
import { keyOf, type Resource } from '../../src/api/resources.js';
import type { Store } from '../../src/runtime/cache.js';
import { ApiError } from '../../src/runtime/errors.js';
import type { KubeClient } from '../../src/runtime/kube.js';
import { localLimits } from '../../src/runtime/limits.js';
import { isTyped, mergePatch, type Fields } from '../fakeapi/json.js';
import { frozen } from './gen.js';

/** An API server in memory whose objects are the caches themselves: what is written is seen at once. */
export interface MemoryKube extends KubeClient {
  /** Every write so far, as in `create services default/hello`. */
  readonly writes: string[];
  /** Called before each write; what it throws is what the caller gets. */
  beforeWrite: (write: string) => void;
}

/** Resources by plural name that this server has. */
export type Stores = Readonly<Record<string, Store<KubeObject>>>;

const unsupported = (): never => {
  throw new Error('the memory API server does not do that');
};

/** Makes one; an object of an unknown resource is an error. */
export function memoryKube(stores: Stores): MemoryKube {
  let version = 1000;
  /** Fields of the status that a manager has applied to an object. */
  const applied = new Map<string, string[]>();

  const storeOf = (r: Resource): Store<KubeObject> => stores[r.plural] ?? unsupported();
  const found = (r: Resource, key: string): Readonly<KubeObject> => {
    const object = storeOf(r).get(key);
    if (object === undefined)
      throw new ApiError(`${r.plural} "${key}" not found`, { status: 404, reason: 'NotFound' });
    return object;
  };
  const wrote = (verb: string, r: Resource, key: string) => {
    kube.beforeWrite(`${verb} ${r.plural} ${key}`);
    kube.writes.push(`${verb} ${r.plural} ${key}`);
  };
  const store = <T extends KubeObject>(r: Resource, object: KubeObject): T => {
    const metadata = { ...object.metadata, resourceVersion: String(++version) };
    const stored = frozen({ ...object, metadata });
    storeOf(r).put(stored);
    return stored as T;
  };
  const checked = (object: Readonly<KubeObject>, wanted: { uid?: string; resourceVersion?: string } = {}) => {
    const { uid, resourceVersion } = object.metadata;
    if ((wanted.uid ?? uid) !== uid || (wanted.resourceVersion ?? resourceVersion) !== resourceVersion)
      throw new ApiError('the object has been modified', { status: 409, reason: 'Conflict' });
    return object;
  };

  const kube: MemoryKube = {
    writes: [],
    beforeWrite: () => undefined,
    server: 'https://memory',
    fieldManager: 'service-mirror',
    limits: localLimits,
    get: async (r, key) => found(r, key) as never,
    async create(r, object) {
      const key = keyOf(object);
      wrote('create', r, key);
      if (storeOf(r).get(key) !== undefined)
        throw new ApiError(`${key} exists`, { status: 409, reason: 'AlreadyExists' });
      const metadata = {
        ...object.metadata,
        uid: `uid-${++version}`,
        generation: 1,
        creationTimestamp: '2026-01-01T00:00:00Z',
      };
      return store(r, { ...filled(object), metadata });
    },
    async mergePatch(r, key, body) {
      wrote('patch', r, key);
      const object = checked(found(r, key), (body as Partial<KubeObject>).metadata);
      return store(r, mergePatch(object, body) as KubeObject);
    },
    async apply(r, object, { subresource, fieldManager }) {
      const key = keyOf(object);
      wrote('status', r, key);
      if (subresource !== 'status') unsupported();
      const before = found(r, key) as KubeObject & { status?: Fields };
      const { resourceVersion } = object.metadata;
      checked(before, resourceVersion === undefined ? {} : { resourceVersion });
      const { status = {} } = object as { status?: Fields };
      const applier = `${fieldManager} ${before.metadata.uid}`;
      const dropped = (applied.get(applier) ?? []).filter((field) => !(field in status));
      applied.set(applier, Object.keys(status));
      const typesKey = `${applier} conditions`;
      const types = typesOf(status);
      const released = (applied.get(typesKey) ?? []).filter((type) => !types.includes(type));
      applied.set(typesKey, types);
      const kept = withoutConditions(without(before.status ?? {}, dropped), released);
      const metadata = withFieldsOf(before.metadata, fieldManager, status);
      return store(r, { ...before, metadata, status: mergeStatus(kept, status) } as KubeObject);
    },
    async remove(r, key, preconditions) {
      wrote('remove', r, key);
      const object = storeOf(r).get(key);
      if (object !== undefined) storeOf(r).drop(checked(object, preconditions));
    },
    list: unsupported,
    post: unsupported,
    async replace(r, object, { subresource } = {}) {
      const key = keyOf(object);
      wrote('status', r, key);
      if (subresource !== 'status') unsupported();
      const { uid, resourceVersion } = object.metadata;
      const before = checked(found(r, key), {
        ...(uid !== undefined && { uid }),
        ...(resourceVersion !== undefined && { resourceVersion }),
      });
      return store(r, { ...before, status: (object as { status?: Fields }).status } as KubeObject);
    },
    watch: unsupported,
    raw: unsupported,
    close: async () => undefined,
  };
  return kube;
}

/** Fields that a server fills in. */
function filled(object: KubeObject): KubeObject {
  if (object.kind !== 'Service') return object;
  const { spec } = object as KubeObject & { spec: Fields };
  return { ...object, spec: { clusterIP: '10.96.9.9', ...spec } } as KubeObject;
}

/** Conditions of other types stay, as those of another field manager would; other fields are replaced. */
function mergeStatus(before: Fields, after: Fields): Fields {
  const { conditions = [] } = after;
  const others = isTyped(before.conditions)
    ? before.conditions.filter(
        ({ type }) => !(isTyped(conditions) && conditions.some((one) => one.type === type)),
      )
    : [];
  return { ...before, ...after, conditions: [...others, ...(conditions as Fields[])] };
}

function typesOf({ conditions }: Fields): string[] {
  return isTyped(conditions) ? conditions.map(({ type }) => type) : [];
}

/** `managedFields` with an entry that says which fields of the status, and which conditions, are that manager's (KEP-555). */
function withFieldsOf(metadata: ObjectMeta, manager: string, status: Fields): ObjectMeta {
  const others = (metadata.managedFields ?? []).filter((entry) => entry.manager !== manager);
  const conditions: Fields = {};
  for (const type of typesOf(status)) conditions[`k:${JSON.stringify({ type })}`] = {};
  const fields: Fields = {};
  for (const name of Object.keys(status)) fields[`f:${name}`] = name === 'conditions' ? conditions : {};
  const fieldsV1 = { 'f:status': fields };
  return {
    ...metadata,
    managedFields: [...others, { manager, operation: 'Apply', subresource: 'status', fieldsV1 }],
  };
}

/** The status without the conditions that a manager has applied before and says no longer. */
function withoutConditions(status: Fields, types: readonly string[]): Fields {
  if (!isTyped(status.conditions) || types.length === 0) return status;
  return { ...status, conditions: status.conditions.filter(({ type }) => !types.includes(type)) };
}

/** The status without the fields that a manager has applied before and names no longer (KEP-555). */
function without(status: Fields, fields: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(status).filter(([name]) => !fields.includes(name)));
}
