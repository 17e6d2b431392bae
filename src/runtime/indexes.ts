/**
 * Index functions by name; each gives the values under which an object is found. They must depend on the object
 * alone.
 */
export type IndexFunctions<T> = Readonly<Record<string, (object: Readonly<T>) => readonly string[]>>;

/** Several indexes over the same objects, kept up to date one object at a time. */
export interface Indexes<T> {
  add(key: string, object: Readonly<T>): void;
  /** The object must be the one that was added. */
  remove(key: string, object: Readonly<T>): void;
  /** @throws Error when there is no index of that name */
  get(index: string, value: string): readonly Readonly<T>[];
}

interface Bucket<T> {
  readonly objects: Map<string, Readonly<T>>;
  /** Made when first asked for, dropped at a change. */
  listed?: readonly Readonly<T>[] | undefined;
}

const nothing: readonly never[] = Object.freeze([]);

/**
 * Makes empty indexes. If an index function throws for an object, the object is not in that index, and `onError` is
 * called.
 */
export function createIndexes<T>(
  functions: IndexFunctions<T>,
  onError: (error: unknown) => void,
): Indexes<T> {
  const indexes = Object.entries(functions).map(([name, fn]) => ({
    name,
    valuesOf: (object: Readonly<T>): readonly string[] => {
      try {
        return fn(object);
      } catch (error) {
        onError(error);
        return [];
      }
    },
    buckets: new Map<string, Bucket<T>>(),
  }));
  const byName = new Map(indexes.map(({ name, buckets }) => [name, buckets]));

  return {
    add(key, object) {
      for (const { valuesOf, buckets } of indexes)
        for (const value of valuesOf(object)) {
          let bucket = buckets.get(value);
          if (bucket === undefined) buckets.set(value, (bucket = { objects: new Map() }));
          bucket.objects.set(key, object);
          bucket.listed = undefined;
        }
    },
    remove(key, object) {
      for (const { valuesOf, buckets } of indexes)
        for (const value of valuesOf(object)) {
          const bucket = buckets.get(value);
          bucket?.objects.delete(key);
          if (bucket?.objects.size === 0) buckets.delete(value);
          else if (bucket !== undefined) bucket.listed = undefined;
        }
    },
    get(index, value) {
      const buckets = byName.get(index);
      if (buckets === undefined)
        throw new Error(`no index ${index}; there are ${[...byName.keys()].join(', ')}`);
      const bucket = buckets.get(value);
      return bucket === undefined ? nothing : (bucket.listed ??= [...bucket.objects.values()]);
    },
  };
}
