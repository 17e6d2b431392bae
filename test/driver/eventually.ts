import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Checks until the check no longer throws, and returns what it returned. Nothing of the operator looks again after a
 * few seconds, so what comes true within this time was seen in a watch.
 *
 * @param every pause between two checks (ms); longer for those that cost
 * @throws Error with what was seen last, when the time (ms) is up
 */
export async function eventually<T>(check: () => T | Promise<T>, within = 20_000, every = 50): Promise<T> {
  const deadline = performance.now() + within;
  for (;;) {
    try {
      return await check();
    } catch (cause) {
      if (performance.now() > deadline) {
        const seen = cause instanceof Error ? cause.message : String(cause);
        throw new Error(`not within ${within / 1000} s: ${seen}`, { cause });
      }
    }
    await sleep(every);
  }
}
