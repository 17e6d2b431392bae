import type { Clock } from './clock.js';

/** A piece of work that must end, or report again and again that it goes on. */
export interface LivenessStep {
  goesOn(): void;
  ended(): void;
}

/** Knows which work of a process is stuck; a process with stuck work should be restarted. */
export interface Liveness {
  begin(what: string): LivenessStep;
  /** One line for each kind of work that is stuck; empty: none is. */
  problems(): string[];
}

/**
 * After this time (ms) without a report, work is stuck, whatever the other side does: a call of the API server ends
 * after 30 s and a watch after 10 minutes. So an outage is no reason to restart.
 */
export const stuckAfter = 20 * 60_000;

/** Makes a liveness on which nothing has begun. */
export function createLiveness(clock: Clock): Liveness {
  const steps = new Map<LivenessStep, { readonly what: string; heard: number }>();
  return {
    begin(what) {
      const state = { what, heard: clock.monotonic() };
      const step: LivenessStep = {
        goesOn: () => (state.heard = clock.monotonic()),
        ended: () => steps.delete(step),
      };
      steps.set(step, state);
      return step;
    },
    problems() {
      const silent = new Map<string, number>();
      for (const { what, heard } of steps.values()) {
        const ms = clock.monotonic() - heard;
        if (ms > stuckAfter) silent.set(what, Math.max(ms, silent.get(what) ?? 0));
      }
      return [...silent].map(
        ([what, ms]) => `${what} has stood still for ${Math.round(ms / 60_000)} minutes`,
      );
    },
  };
}
