import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits until a condition holds, which is when it neither throws nor returns false, and gives back what it returned.
 *
 * @param within real time (ms) after which it rejects, with what was seen last: the message that the condition threw
 * @param every longest pause (ms) between two looks; longer for those that cost
 */
export async function eventually<T>(
  condition: () => T | Promise<T>,
  within = 20_000,
  every = 50,
): Promise<Exclude<T, false>> {
  const deadline = performance.now() + within;
  for (let pause = 2; ; pause = Math.min(2 * pause, every)) {
    let cause: unknown = new Error(`still false: ${condition.toString()}`);
    try {
      const result = await condition();
      if (result !== false) return result as Exclude<T, false>;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadline) {
      const seen = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`not within ${within / 1000} s: ${seen}`, { cause });
    }
    await sleep(Math.min(pause, every));
  }
}
