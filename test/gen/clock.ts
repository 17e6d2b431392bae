import { setImmediate as turn } from 'node:timers/promises';
import { sleeper, type Clock } from '../../src/runtime/clock.js';

/** A clock that moves only when told to. */
export interface FakeClock extends Clock {
  /** Moves time on, firing what falls due in its order and letting what that causes happen. */
  advance(ms: number): Promise<void>;
  /** Sets the wall clock forth, or back; no time passes. */
  jump(ms: number): void;
  /** How many timers are set. */
  readonly timers: number;
}

/** Makes a clock that stands at the start of 2026. */
export function fakeClock(): FakeClock {
  let epoch = Date.UTC(2026, 0, 1);
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
    jump: (ms) => void (epoch += ms),
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
