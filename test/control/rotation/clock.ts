import { sleeper, systemClock, type Clock } from '../../../src/runtime/clock.js';

/** A clock whose wall time can be moved on, as if weeks had passed, while processes and sockets live in real time. */
export interface MovableClock extends Clock {
  /** Moves wall time; what waits for long (from {@link longWait}) falls due if that time has passed. */
  move(ms: number): void;
}

/** Shorter waits (ms) are deadlines of calls under way: they keep their pace. */
const longWait = 20_000;

/** Starts so many milliseconds before the real time, since TLS itself judges certificates by that. */
export function movableClock(behind: number): MovableClock {
  let offset = -behind;
  const waiting = new Set<{ at: number; readonly fire: () => void }>();
  const after: Clock['after'] = (ms, fn) => {
    const entry = { at: performance.now() + ms, fire: () => (cancel(), fn()) };
    const stop = systemClock.after(Math.min(ms, 2 ** 31 - 1), entry.fire);
    const cancel = () => {
      stop();
      waiting.delete(entry);
    };
    if (ms >= longWait) waiting.add(entry);
    return cancel;
  };
  return {
    now: () => Date.now() + offset,
    monotonic: () => systemClock.monotonic(),
    after,
    sleep: sleeper(after),
    move(ms) {
      offset += ms;
      for (const entry of [...waiting]) {
        entry.at -= ms;
        if (entry.at <= performance.now()) entry.fire();
      }
    },
  };
}
