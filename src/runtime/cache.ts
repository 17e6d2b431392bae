import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../api/objects.js';
import { keyOf } from '../api/resources.js';
import { createIndexes, type IndexFunctions } from './indexes.js';

/** A change of one object in a cache. */
export type Change<T> =
  | {
      readonly type: 'added' | 'updated';
      readonly object: Readonly<T>;
      readonly previous?: Readonly<T>;
      /** The answer to a write of ours; nobody else has changed the object. */
      readonly own?: true;
    }
  | { readonly type: 'deleted'; readonly object: Readonly<T> };

/** The objects of one kind as last seen. They are shared: never modify them. */
export interface Cache<T> {
  /** Whether a whole list has been stored; before that, absence means nothing. */
  readonly synced: boolean;
  readonly size: number;
  get(key: string): Readonly<T> | undefined;
  list(): readonly Readonly<T>[];
  /** All objects for which the index function of that name gives that value. */
  by(index: string, value: string): readonly Readonly<T>[];
  /** Calls `fn` after each change, in order; not for objects that are already here. The returned function ends that. */
  onChange(fn: (change: Change<T>) => void): () => void;
}

/** The writing end of a cache; only its reflector holds it. */
export interface Store<T> extends Cache<T> {
  synced: boolean;
  /** What it has of that very version of an object: most events tell of our own writes, and most of a list is known. */
  same(object: T): Readonly<T> | undefined;
  /** Adds or updates one object; an object of another uid under the same name is a deletion and an addition. */
  put(object: T, o?: { own?: true }): void;
  /** Removes one object, if it is there. */
  drop(object: T): void;
  /**
   * Replaces the contents, and reports the differences.
   *
   * @param o.rewound also report objects of a known version: it may be one from before a restored backup
   */
  replace(objects: readonly Readonly<T>[], o?: { rewound?: boolean }): void;
}

/**
 * Makes an empty store. The cost of an operation does not depend on the number of objects, except for `list` after a
 * change.
 *
 * @param o.onError called for listeners and index functions that throw; the others are still called
 */
export function createStore<T extends KubeObject>(o: {
  indexes?: IndexFunctions<T> | undefined;
  onError: (error: unknown) => void;
}): Store<T> {
  const objects = new Map<string, Readonly<T>>();
  const indexes = createIndexes(o.indexes ?? {}, o.onError);
  const listeners = new Set<(change: Change<T>) => void>();
  let listed: readonly Readonly<T>[] | undefined;

  const tell = (change: Change<T>) => {
    for (const listener of [...listeners])
      try {
        listener(change);
      } catch (error) {
        o.onError(error);
      }
  };

  const remove = (key: string, object: Readonly<T>) => {
    objects.delete(key);
    indexes.remove(object);
    listed = undefined;
    tell({ type: 'deleted', object });
  };

  const put = (
    object: Readonly<T>,
    { rewound = false, own }: { rewound?: boolean; own?: true | undefined },
  ) => {
    const key = keyOf(object);
    let previous = objects.get(key);
    if (previous !== undefined && previous.metadata.uid !== object.metadata.uid) {
      remove(key, previous);
      previous = undefined;
    }
    if (previous !== undefined && isSame(previous, object) && !rewound) return;
    if (previous !== undefined) keepSpec(object, previous);
    Object.freeze(object.metadata);
    Object.freeze(object);
    objects.set(key, object);
    if (previous !== undefined) indexes.remove(previous);
    indexes.add(object);
    listed = undefined;
    const change =
      previous === undefined ? { type: 'added' as const } : { type: 'updated' as const, previous };
    tell({ ...change, object, ...(own && { own }) });
  };

  const store: Store<T> = {
    synced: false,
    get size() {
      return objects.size;
    },
    get: (key) => objects.get(key),
    list: () => (listed ??= [...objects.values()]),
    by: (index, value) => indexes.get(index, value),
    onChange(fn) {
      listeners.add(fn);
      return () => listeners.delete(fn);
    },
    same(object) {
      // what comes from a server may have no metadata; whoever reads it says so
      const { metadata } = object as { readonly metadata?: T['metadata'] };
      if (metadata === undefined) return undefined;
      const held = objects.get(keyOf({ metadata }));
      if (held === undefined || held.metadata.uid !== metadata.uid) return undefined;
      return isSame(held, object) ? held : undefined;
    },
    put: (object, o = {}) => put(object, o),
    drop(object) {
      const key = keyOf(object);
      const held = objects.get(key);
      if (held !== undefined) remove(key, held);
    },
    replace(fresh, { rewound = false } = {}) {
      const uids = new Map(fresh.map((object) => [keyOf(object), object.metadata.uid]));
      // deletions first: a listener must not hear of a successor before it hears that the predecessor has left
      for (const [key, held] of [...objects]) if (uids.get(key) !== held.metadata.uid) remove(key, held);
      for (const object of fresh) put(object, { rewound });
    },
  };
  return store;
}

/**
 * Gives an object the spec that it had before, if that is equal: most changes are of a status. So a spec is held once, and
 * what was concluded from it holds for as long as it is the same object.
 */
function keepSpec(object: Readonly<KubeObject>, previous: Readonly<KubeObject>): void {
  const [now, before] = [object as WithSpec, previous as Readonly<WithSpec>];
  // a frozen object has been in the cache already
  if (now.spec === before.spec || Object.isFrozen(now)) return;
  if (isDeepStrictEqual(now.spec, before.spec)) now.spec = before.spec;
}

interface WithSpec {
  spec?: unknown;
}

function isSame(a: Readonly<KubeObject>, b: Readonly<KubeObject>): boolean {
  const version = a.metadata.resourceVersion;
  return version !== undefined && version === b.metadata.resourceVersion;
}
