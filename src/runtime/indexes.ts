/**
 * Index functions by name; each gives the values under which an object is found. They must depend on the object
 * alone.
 */
export type IndexFunctions<T> = Readonly<Record<string, (object: Readonly<T>) => readonly string[]>>;

/** Several indexes over the same objects, kept up to date one object at a time. */
export interface Indexes<T> {
  add(object: Readonly<T>): void;
  /** The object must be the one that was added. */
  remove(object: Readonly<T>): void;
  /** @throws Error when there is no index of that name */
  get(index: string, value: string): readonly Readonly<T>[];
}

/** The objects under one value: most values have one, and a list takes a fifth of the memory of a map. */
type Bucket<T> = readonly Readonly<T>[] | Crowd<T>;

interface Crowd<T> {
  readonly objects: Set<Readonly<T>>;
  /** Made when first asked for, dropped at a change. */
  listed?: readonly Readonly<T>[] | undefined;
}

/** A list of more objects than these becomes a crowd: lists are copied at each change. */
const few = 8;

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
    add(object) {
      for (const { valuesOf, buckets } of indexes)
        for (const value of valuesOf(object)) buckets.set(value, withObject(buckets.get(value), object));
    },
    remove(object) {
      for (const { valuesOf, buckets } of indexes)
        for (const value of valuesOf(object)) {
          const rest = withoutObject(buckets.get(value), object);
          if (rest === undefined) buckets.delete(value);
          else buckets.set(value, rest);
        }
    },
    get(index, value) {
      const buckets = byName.get(index);
      if (buckets === undefined)
        throw new Error(`no index ${index}; there are ${[...byName.keys()].join(', ')}`);
      const bucket = buckets.get(value);
      return bucket === undefined
        ? nothing
        : isList(bucket)
          ? bucket
          : (bucket.listed ??= [...bucket.objects]);
    },
  };
}

function withObject<T>(bucket: Bucket<T> | undefined, object: Readonly<T>): Bucket<T> {
  if (bucket === undefined) return [object];
  if (isList(bucket)) {
    if (bucket.includes(object)) return bucket;
    return bucket.length < few ? [...bucket, object] : { objects: new Set([...bucket, object]) };
  }
  bucket.objects.add(object);
  bucket.listed = undefined;
  return bucket;
}

/** @returns undefined when nothing is left */
function withoutObject<T>(bucket: Bucket<T> | undefined, object: Readonly<T>): Bucket<T> | undefined {
  if (bucket === undefined) return undefined;
  if (isList(bucket)) {
    const rest = bucket.filter((each) => each !== object);
    return rest.length === 0 ? undefined : rest;
  }
  bucket.objects.delete(object);
  bucket.listed = undefined;
  return bucket.objects.size === 0 ? undefined : bucket;
}

function isList<T>(bucket: Bucket<T>): bucket is readonly Readonly<T>[] {
  return Array.isArray(bucket);
}
