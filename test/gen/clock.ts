import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { sleeper, type Clock } from '../../src/runtime/clock.js';

/** A clock that moves only when told to. */
export interface FakeClock extends Clock {
  /** Moves time on, firing what falls due in its order and letting what that causes happen. */
  advance(ms: number): Promise<void>;
  /** How many timers are set. */
  readonly timers: number;
}

/** Makes a clock that stands at the start of 2026. */
export function fakeClock(): FakeClock {
  const epoch = Date.UTC(2026, 0, 1);
  const timers = new Map<number, { at: number; fn: () => void }>();
  let elapsed = 0;
  let ids = 0;

  const after = (ms: number, fn: () => void) => {
    const id = ids++;
    timers.set(id, { at: elapsed + Math.max(0, ms), fn });
    return () => void timers.delete(id);
  };

  const due = (until: number) =>
    [...timers].filter(([, { at }]) => at <= until).sort(([a, x], [b, y]) => x.at - y.at || a - b)[0];

  return {
    now: () => epoch + elapsed,
    monotonic: () => elapsed,
    after,
    sleep: sleeper(after),
    get timers() {
      return timers.size;
    },
    async advance(ms) {
      const until = elapsed + ms;
      await settle();
      for (let next = due(until); next !== undefined; next = due(until)) {
        const [id, { at, fn }] = next;
        timers.delete(id);
        elapsed = at;
        fn();
        await settle();
      }
      elapsed = until;
      await settle();
    },
  };
}

async function settle(): Promise<void> {
  for (let i = 0; i < 4; i++) await turn();
}

/**
 * Waits until a condition holds: it is true, or does not throw. Gives back what it returned.
 *
 * @param ms real time after which the last error is thrown
 */
export async function eventually<T>(
  condition: () => T | Promise<T>,
  ms = 10_000,
): Promise<Exclude<T, false>> {
  const end = performance.now() + ms;
  for (;;) {
    let failure: unknown = new Error(`did not become true within ${ms} ms: ${condition.toString()}`);
    try {
      const result = await condition();
      if (result !== false) return result as Exclude<T, false>;
    } catch (error) {
      failure = error;
    }
    if (performance.now() > end) throw failure;
    await wait(2);
  }
}
