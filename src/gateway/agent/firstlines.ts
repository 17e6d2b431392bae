/** A change of what a peer is told: the line of a service; undefined: the peer is not told of it any more. */
export type LineChange = readonly [key: string, line: string | undefined];

/** The lines of a catalog, of which a peer is told the first: those of the services that have been there for the longest. */
export interface FirstLines {
  /**
   * Takes the line of a service; undefined: it is gone.
   *
   * @param created RFC 3339
   * @returns what the peer is to be told
   */
  put(key: string, line: string | undefined, created: string): readonly LineChange[];
  has(key: string): boolean;
  readonly size: number;
  /** Whether there are, or were just now, more than the peer is told of. */
  readonly isOver: boolean;
}

interface Held {
  readonly rank: string;
  readonly line: string;
}

/**
 * No lines yet. Whoever makes a new service drives no older one out, and all gateways choose the same ones. One change costs
 * one change, also where there are too many.
 */
export function createFirstLines(most: number): FirstLines {
  const held = new Map<string, Held>();
  /** All ranks in their order; only while there are too many, and until there are clearly fewer. */
  let order: string[] | undefined;

  function placeOf(rank: string): number {
    let [low, high] = [0, order!.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (order![middle]! < rank) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function changeAt(place: number, isTold: boolean): readonly LineChange[] {
    const rank = order![place];
    if (rank === undefined) return [];
    const key = rank.slice(rank.indexOf(' ') + 1);
    return [[key, isTold ? held.get(key)?.line : undefined]];
  }

  function remove(key: string): readonly LineChange[] {
    const before = held.get(key);
    held.delete(key);
    if (before === undefined || order === undefined) return [[key, undefined]];
    const place = placeOf(before.rank);
    order.splice(place, 1);
    // the next one takes its place
    const next = place < most ? changeAt(most - 1, true) : [];
    if (order.length < most * 0.9) order = undefined;
    return [[key, undefined], ...next];
  }

  function add(key: string, one: Held): readonly LineChange[] {
    held.set(key, one);
    if (order === undefined) {
      if (held.size <= most) return [[key, one.line]];
      order = [...held.values()].map(({ rank }) => rank).toSorted((a, b) => (a < b ? -1 : 1));
      const place = placeOf(one.rank);
      return place >= most ? [] : [...changeAt(most, false), [key, one.line]];
    }
    const place = placeOf(one.rank);
    order.splice(place, 0, one.rank);
    return place >= most ? [] : [...changeAt(most, false), [key, one.line]];
  }

  return {
    put(key, line, created) {
      if (line === undefined) return remove(key);
      const one = { rank: `${created} ${key}`, line };
      const before = held.get(key);
      if (before !== undefined && before.rank !== one.rank) return [...remove(key), ...add(key, one)];
      if (before === undefined) return add(key, one);
      held.set(key, one);
      return order === undefined || placeOf(one.rank) < most ? [[key, line]] : [];
    },
    has: (key) => held.has(key),
    get size() {
      return held.size;
    },
    get isOver() {
      return order !== undefined;
    },
  };
}
