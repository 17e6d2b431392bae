import { orAborted } from './deadline.js';

/** Does work in its turn: only so many pieces are under way, and others wait in line for as long as their signals allow. */
export type Places = <T>(work: () => Promise<T>, signal: AbortSignal) => Promise<T>;

/** Makes places for so many pieces of work at once. */
export function createPlaces(most: number): Places {
  let free = most;
  const line = new Set<() => void>();
  const leave = () => {
    const [next] = line;
    if (next === undefined) free += 1;
    else {
      line.delete(next);
      next();
    }
  };
  return async (work, signal) => {
    if (free > 0) free -= 1;
    else {
      const { promise, resolve } = Promise.withResolvers<void>();
      line.add(resolve);
      await orAborted(promise, signal).catch((error: unknown) => {
        // whoever was called already gives the place to the next one
        if (!line.delete(resolve)) leave();
        throw error;
      });
    }
    try {
      return await work();
    } finally {
      leave();
    }
  };
}
