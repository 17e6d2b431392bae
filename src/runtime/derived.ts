import { ImmutableMap } from './immutable.js';

/** The entries that follow from an entry of another map. Different entries of that map lead to different keys. */
export type DerivedRule<K, V, L, W> = (value: V, key: K) => Iterable<readonly [L, W]>;

/**
 * Makes a map out of another one, entry by entry, and keeps results: while the basis of the rule stays the same, only
 * changed entries are computed again.
 */
export function createDerived<K extends number | string, V, L extends number | string, W>() {
  let last:
    | { readonly from: ImmutableMap<K, V>; readonly basis: unknown; readonly to: ImmutableMap<L, W> }
    | undefined;

  /**
   * @param basis all that the rule looks at beside the entry; the same object for as long as the rule stays the same
   * @param always entries that follow from the basis alone
   */
  return (
    from: ImmutableMap<K, V>,
    basis: unknown,
    rule: DerivedRule<K, V, L, W>,
    always: Iterable<readonly [L, W]> = [],
  ): ImmutableMap<L, W> => {
    const known = last !== undefined && last.basis === basis ? last : undefined;
    const changes = new Map<L, W | undefined>(known === undefined ? always : []);
    for (const key of known === undefined ? from.keys() : known.from.changedIn(from)) {
      const [before, value] = [known?.from.get(key), from.get(key)];
      if (before !== undefined) for (const [derived] of rule(before, key)) changes.set(derived, undefined);
      if (value !== undefined) for (const [derived, result] of rule(value, key)) changes.set(derived, result);
    }
    const to = (known?.to ?? ImmutableMap.of<L, W>()).with(changes);
    last = { from, basis, to };
    return to;
  };
}
