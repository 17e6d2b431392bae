import { setTimeout as sleep } from 'node:timers/promises';

/** How long to wait for a condition, and how often to look. */
export interface WaitOptions {
  /** Milliseconds before giving up; default 180 000, since a busy machine may need a minute for the start of an API server. */
  readonly timeout?: number;
  /** Milliseconds between two looks; default 50. */
  readonly every?: number;
  readonly signal?: AbortSignal;
}

/**
 * Looks until `check` returns something other than `undefined` or `false`, and returns that. A check that throws
 * counts as "not yet"; the last error is the cause of the rejection when the time is up.
 */
export async function waitFor<T>(
  what: string,
  check: () => Promise<T | undefined | false> | T | undefined | false,
  { timeout = 180_000, every = 50, signal }: WaitOptions = {},
): Promise<T> {
  const deadline = Date.now() + timeout;
  let cause: unknown;
  for (;;) {
    try {
      const found = await check();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      cause = error;
    }
    if (Date.now() > deadline) throw new Error(`waited ${timeout} ms for ${what}`, { cause });
    await sleep(every, undefined, signal && { signal });
  }
}
