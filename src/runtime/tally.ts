/** Counts the places in use, by key. */
export interface Tally {
  /** Takes a place; returns a function that frees it once, or undefined when there is none. */
  take(key: string): (() => void) | undefined;
}

/** An empty tally. @param most places of each key */
export function createTally(most: number): Tally {
  const counts = new Map<string, number>();
  return {
    take(key) {
      const count = counts.get(key) ?? 0;
      if (count >= most) return undefined;
      counts.set(key, count + 1);
      let taken = true;
      return () => {
        if (!taken) return;
        taken = false;
        const left = counts.get(key)! - 1;
        if (left === 0) counts.delete(key);
        else counts.set(key, left);
      };
    },
  };
}
