import { setTimeout as sleep } from 'node:timers/promises';

/** How often, and how many times. */
export interface Pace {
  /** Times in a second. */
  readonly rate: number;
  /** Ends after so many. */
  readonly count?: number;
  /** Ends when it aborts, but not before the first. */
  readonly until?: AbortSignal;
}

/** Begins pieces of work at even intervals, whether or not the earlier ones are done; resolves when all have begun. */
export async function atRate<T>(
  { rate, count = Infinity, until }: Pace,
  begin: (n: number) => T,
): Promise<T[]> {
  const all: T[] = [];
  const start = performance.now();
  do {
    await sleep(Math.max(0, start + (all.length * 1_000) / rate - performance.now()));
    all.push(begin(all.length));
  } while (all.length < count && until?.aborted !== true);
  return all;
}
