/** The number of parts that a map may have. */
const partCount = 1_024;

/** The number of low bits in which numbers of one part differ: ports come in runs. */
const partBits = 6;

/** Maps share whole parts, which are never written once they belong to a map. */
type Part<K, V> = ReadonlyMap<K, V>;

const none: readonly undefined[] = Array.from({ length: partCount }, () => undefined);

/**
 * An immutable map. The next map shares unchanged parts with it, so that one of 10,000 entries can be replaced, and
 * found to differ, without reading the others.
 */
export class ImmutableMap<K extends number | string, V> implements ReadonlyMap<K, V> {
  readonly #parts: readonly (Part<K, V> | undefined)[];
  readonly size: number;

  private constructor(parts: readonly (Part<K, V> | undefined)[], size: number) {
    this.#parts = parts;
    this.size = size;
  }

  /** A map of these entries, the last one of each key; a map of this kind is returned as it is. */
  static of<K extends number | string, V>(entries: Iterable<readonly [K, V]> = []): ImmutableMap<K, V> {
    return entries instanceof ImmutableMap
      ? (entries as ImmutableMap<K, V>)
      : new ImmutableMap<K, V>(none, 0).with(entries);
  }

  /** A map with these changes, the last one of each key; undefined removes the key. */
  with(changes: Iterable<readonly [K, V | undefined]>): ImmutableMap<K, V> {
    const fresh = new Map<number, Map<K, V>>();
    let { size } = this;
    for (const [key, value] of changes) {
      const at = partOf(key);
      const now = fresh.get(at) ?? this.#parts[at];
      if (now?.get(key) === value) continue;
      const part = fresh.get(at) ?? new Map(now);
      fresh.set(at, part);
      size -= part.size;
      if (value === undefined) part.delete(key);
      else part.set(key, value);
      size += part.size;
    }
    if (fresh.size === 0) return this;
    const parts = [...this.#parts];
    for (const [at, part] of fresh) parts[at] = part.size > 0 ? part : undefined;
    return new ImmutableMap(parts, size);
  }

  /** Parts that stay the same object for as long as nothing in them changes. */
  *parts(): Generator<ReadonlyMap<K, V>> {
    for (const part of this.#parts) if (part !== undefined) yield part;
  }

  get(key: K): V | undefined {
    return this.#parts[partOf(key)]?.get(key);
  }

  has(key: K): boolean {
    return this.#parts[partOf(key)]?.has(key) ?? false;
  }

  *entries(): MapIterator<[K, V]> {
    for (const part of this.parts()) yield* part;
  }

  *keys(): MapIterator<K> {
    for (const part of this.parts()) yield* part.keys();
  }

  *values(): MapIterator<V> {
    for (const part of this.parts()) yield* part.values();
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries();
  }

  forEach(callback: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    for (const [key, value] of this) callback(value, key, this);
  }

  /** Keys whose values differ in the next map, including those that only one of the maps has. */
  changedIn(next: ImmutableMap<K, V>): K[] {
    const changed: K[] = [];
    for (let at = 0; at < partCount; at++) {
      const [before, after] = [this.#parts[at], next.#parts[at]];
      if (before !== after) changed.push(...differing<K, V>(before ?? new Map(), after ?? new Map()));
    }
    return changed;
  }
}

/** Keys whose values differ, including those that only one of the maps has. */
export function differing<K, V>(before: ReadonlyMap<K, V>, after: ReadonlyMap<K, V>): K[] {
  if (before === after) return [];
  if (before instanceof ImmutableMap && after instanceof ImmutableMap)
    return (before as ImmutableMap<never, V>).changedIn(after as ImmutableMap<never, V>);
  const changed: K[] = [];
  for (const key of before.keys()) if (!after.has(key)) changed.push(key);
  for (const [key, value] of after) if (!before.has(key) || before.get(key) !== value) changed.push(key);
  return changed;
}

function partOf(key: number | string): number {
  return (typeof key === 'number' ? key >> partBits : hashOf(key)) & (partCount - 1);
}

/** FNV-1a, with its high bits mixed into the low ones. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return hash ^ (hash >>> 15);
}
