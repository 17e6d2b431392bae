/** Counts the places in use of several groups, by source. */
export interface Shares {
  /** Takes a place; returns a function that frees it once, or undefined when there is none. */
  take(group: string, source: string, most: number): (() => void) | undefined;
}

/**
 * Empty shares. A source has no more of its group's places than it leaves free, or a part of that: however many
 * sources flood, something is left for another one.
 *
 * @param weight how often a place of the source counts beside those of all
 */
export function createShares(weight: number): Shares {
  const groups = new Map<string, { total: number; readonly of: Map<string, number> }>();
  return {
    take(name, source, most) {
      const group = groups.get(name) ?? { total: 0, of: new Map<string, number>() };
      const own = (group.of.get(source) ?? 0) + 1;
      if (weight * own + group.total + 1 > most) return undefined;
      groups.set(name, group);
      group.total++;
      group.of.set(source, own);
      let taken = true;
      return () => {
        if (!taken) return;
        taken = false;
        group.total--;
        const left = group.of.get(source)! - 1;
        if (left === 0) group.of.delete(source);
        else group.of.set(source, left);
        if (group.total === 0) groups.delete(name);
      };
    },
  };
}
