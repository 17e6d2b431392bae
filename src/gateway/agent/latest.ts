import { backoffDelay } from '../../runtime/backoff.js';
import type { Clock } from '../../runtime/clock.js';
import { createPace } from '../../runtime/pace.js';

/** Applies the latest state: one at a time, skipping states in between. */
export interface Latest {
  /** Something has changed: the state is built again and applied when the one under way is done. */
  readonly request: () => void;
  /** Nothing is under way, and nothing waits. */
  idle(): boolean;
  /** The monotonic time since which a state is being applied; undefined when none is. */
  busySince(): number | undefined;
  /** Applies nothing any more, not even a waiting state; resolves when the present one has ended. */
  stop(): Promise<void>;
}

/** What {@link createLatest} needs. */
export interface LatestOptions<T> {
  /** The desired state; undefined when it is not known yet, and nothing must change. */
  readonly build: () => T | undefined;
  /** Applies the state, and says whether all of it is in force; if not, it is tried again. */
  readonly apply: (state: T) => Promise<boolean>;
  /** Called with errors of `build` and `apply`; both are tried again. */
  readonly onError: (error: unknown) => void;
  /** Called with the milliseconds from the first request for a state until all of it was applied. */
  readonly onApplied?: (ms: number) => void;
  readonly clock: Clock;
}

/** The rate of endless changes: a burst of states, then one in this time (ms). */
const rate = { burst: 20, everyMs: 100 };
const backoff = { base: 100, max: 10_000 };

/** A loop that applies the latest state, and after a failure tries again, less and less often. */
export function createLatest<T>(options: LatestOptions<T>): Latest {
  const { build, apply, onError, onApplied = () => {}, clock } = options;
  const pace = createPace(rate, clock);
  const stopping = new AbortController();
  let wanted = false;
  /** The time since which a request is not fulfilled. */
  let waiting: number | undefined;
  let running = false;
  let stopped = false;
  let since: number | undefined;
  let failures = 0;
  let cancelRetry = () => {};
  let ended = Promise.resolve();

  async function run(): Promise<void> {
    // a burst of events leads to one build
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (wanted && !stopped) {
      const early = pace.wait('');
      if (early > 0) {
        await clock.sleep(early, stopping.signal);
        continue;
      }
      pace.spend('');
      wanted = false;
      since = clock.monotonic();
      const asked = waiting ?? since;
      waiting = undefined;
      try {
        const state = build();
        if (state !== undefined && !(await apply(state))) tryAgain(asked);
        else {
          if (state !== undefined) onApplied(clock.monotonic() - asked);
          failures = 0;
        }
      } catch (error) {
        tryAgain(asked);
        onError(error);
      }
    }
    since = undefined;
    running = false;
  }

  function tryAgain(asked: number): void {
    waiting = asked;
    cancelRetry();
    cancelRetry = clock.after(
      backoffDelay(++failures, backoff, () => 0),
      request,
    );
  }

  function request(): void {
    if (stopped) return;
    wanted = true;
    waiting ??= clock.monotonic();
    if (running) return;
    running = true;
    ended = run();
  }

  return {
    request,
    idle: () => !running,
    busySince: () => since,
    stop() {
      stopped = true;
      stopping.abort();
      cancelRetry();
      return ended;
    },
  };
}
