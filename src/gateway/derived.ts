import { PortMap } from './portmap.js';

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
