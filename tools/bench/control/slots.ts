/** Runs a piece of work in its turn: `soon` before all that waits, `later` after it. Rejects as the work does. */
export type Slots = (when: 'soon' | 'later', work: () => Promise<void>) => Promise<void>;

/** Lets so many pieces of work run at once; the others wait. */
export function createSlots(count: number): Slots {
  const waiting = { soon: [] as (() => void)[], later: [] as (() => void)[] };
  let free = count;
  return async (when, work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting[when].push(resolve));
    try {
      await work();
    } finally {
      const next = waiting.soon.shift() ?? waiting.later.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}
