/** The number of low bits in which ports of one bucket differ. */
const bucketBits = 6;

/** Maps share whole buckets, which are never written once they belong to a map. */
type Bucket<K, V> = ReadonlyMap<K, V>;

/**
 * An immutable map by port (a number, or its decimal digits). The next map shares unchanged parts with it, so that
 * one of 10,000 entries can be replaced, and found to differ, without reading the others.
 */
export class PortMap<V, K extends number | string = number> implements ReadonlyMap<K, V> {
  readonly #buckets: ReadonlyMap<number, Bucket<K, V>>;
  readonly size: number;

  private constructor(buckets: ReadonlyMap<number, Bucket<K, V>>, size: number) {
    this.#buckets = buckets;
    this.size = size;
  }

  /** A map of these entries, the last one of each key; a map of this kind is returned as it is. */
  static of<V, K extends number | string = number>(entries: Iterable<readonly [K, V]> = []): PortMap<V, K> {
    return entries instanceof PortMap
      ? (entries as PortMap<V, K>)
      : new PortMap<V, K>(new Map(), 0).with(entries);
  }

  /** A map with these changes; undefined removes the key. */
  with(changes: Iterable<readonly [K, V | undefined]>): PortMap<V, K> {
    const fresh = new Map<number, Map<K, V>>();
    let { size } = this;
    for (const [key, value] of changes) {
      const at = bucketOf(key);
      const bucket = fresh.get(at) ?? new Map(this.#buckets.get(at));
      fresh.set(at, bucket);
      size -= bucket.size;
      if (value === undefined) bucket.delete(key);
      else bucket.set(key, value);
      size += bucket.size;
    }
    if (fresh.size === 0) return this;
    const buckets = new Map<number, Bucket<K, V>>(this.#buckets);
    for (const [at, bucket] of fresh) {
      if (bucket.size > 0) buckets.set(at, bucket);
      else buckets.delete(at);
    }
    return new PortMap(buckets, size);
  }

  /** Parts that stay the same object for as long as nothing in them changes. */
  parts(): Iterable<ReadonlyMap<K, V>> {
    return this.#buckets.values();
  }

  get(key: K): V | undefined {
    return this.#buckets.get(bucketOf(key))?.get(key);
  }

  has(key: K): boolean {
    return this.#buckets.get(bucketOf(key))?.has(key) ?? false;
  }

  *entries(): MapIterator<[K, V]> {
    for (const bucket of this.#buckets.values()) yield* bucket;
  }

  *keys(): MapIterator<K> {
    for (const bucket of this.#buckets.values()) yield* bucket.keys();
  }

  *values(): MapIterator<V> {
    for (const bucket of this.#buckets.values()) yield* bucket.values();
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries();
  }

  forEach(callback: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    for (const [key, value] of this) callback(value, key, this);
  }

  /** Keys whose values differ in the next map, including those that only one of the maps has. */
  changedIn(next: PortMap<V, K>): K[] {
    const changed: K[] = [];
    for (const at of new Set([...this.#buckets.keys(), ...next.#buckets.keys()])) {
      const [before, after] = [this.#buckets.get(at), next.#buckets.get(at)];
      if (before !== after) changed.push(...differing<K, V>(before ?? new Map(), after ?? new Map()));
    }
    return changed;
  }
}

/** Keys whose values differ, including those that only one of the maps has. */
export function differing<K, V>(before: ReadonlyMap<K, V>, after: ReadonlyMap<K, V>): K[] {
  if (before === after) return [];
  if (before instanceof PortMap && after instanceof PortMap)
    return (before as PortMap<V, never>).changedIn(after as PortMap<V, never>);
  const changed: K[] = [];
  for (const key of before.keys()) if (!after.has(key)) changed.push(key);
  for (const [key, value] of after) if (!before.has(key) || before.get(key) !== value) changed.push(key);
  return changed;
}

/** The same routes by port. */
export function routesByPort<R extends { readonly port: number }>(
  routes: readonly R[] | PortMap<R>,
): PortMap<R> {
  return routes instanceof PortMap ? routes : PortMap.of(routes.map((route) => [route.port, route] as const));
}

/** Whether a port leads to another service than before; a port that leads nowhere any more does not. */
export function leadsElsewhere(before: Destination, now: Destination | undefined): boolean {
  return now !== undefined && (now.link !== before.link || now.serviceId !== before.serviceId);
}

interface Destination {
  readonly link: string;
  readonly serviceId: string;
}

function bucketOf(key: number | string): number {
  return Number(key) >> bucketBits;
}

/** How an entry follows from an entry of another map; undefined: there is none. */
export type DerivedRule<V, W> = (value: V, port: number) => W | undefined;

/**
 * Makes a map out of another one, entry by entry, and keeps results: while the basis of the rule stays the same, only
 * changed entries are computed again.
 *
 * @param keyOf the key of what follows from a port
 */
export function createDerived<V, W, K extends number | string>(keyOf: (port: number) => K) {
  let last: { readonly from: PortMap<V>; readonly basis: unknown; readonly to: PortMap<W, K> } | undefined;

  /** @param basis all that the rule looks at beside the entry; the same object for as long as the rule stays the same */
  return (from: PortMap<V>, basis: unknown, rule: DerivedRule<V, W>): PortMap<W, K> => {
    const known = last !== undefined && last.basis === basis ? last : undefined;
    const changed = known === undefined ? from.keys() : known.from.changedIn(from);
    const changes = function* (): Generator<[K, W | undefined]> {
      for (const port of changed) {
        const value = from.get(port);
        yield [keyOf(port), value === undefined ? undefined : rule(value, port)];
      }
    };
    const to = (known?.to ?? PortMap.of<W, K>()).with(changes());
    last = { from, basis, to };
    return to;
  };
}
