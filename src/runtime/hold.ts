import type { Clock } from './clock.js';

/** A server is left alone for a while by all who write to it. */
export interface Hold {
  readonly isOn: boolean;
  /** Lasts for so long (ms) from now on; of several ends the latest counts. Returns whether it was off. */
  begin(ms: number): boolean;
  /** Calls `fn` whenever it is over. */
  whenOver(fn: () => void): void;
  /** Ends it, and calls nobody. */
  stop(): void;
}

/** Makes a hold that is off. */
export function createHold(clock: Clock): Hold {
  const waiting: (() => void)[] = [];
  let on: { readonly until: number; readonly cancel: () => void } | undefined;
  const over = () => {
    on = undefined;
    for (const fn of waiting) fn();
  };
  return {
    get isOn() {
      return on !== undefined;
    },
    begin(ms) {
      const until = clock.monotonic() + ms;
      const before = on;
      if (before !== undefined && before.until >= until) return false;
      before?.cancel();
      on = { until, cancel: clock.after(ms, over) };
      return before === undefined;
    },
    whenOver: (fn) => void waiting.push(fn),
    stop() {
      on?.cancel();
      on = undefined;
    },
  };
}
