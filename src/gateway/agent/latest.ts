import { backoffDelay } from '../../runtime/backoff.js';
import type { Clock } from '../../runtime/clock.js';
import { createPace } from '../../runtime/pace.js';

/** Makes the latest state so: one at a time, whatever came in between left out. */
export interface Latest {
  /** Something has changed: the state is built again and applied when the one under way is done. */
  readonly request: () => void;
  /** Nothing is under way, and nothing waits. */
  idle(): boolean;
  /** Since when one state is being applied, by the monotonic clock; undefined when none is. */
  busySince(): number | undefined;
  /** Applies nothing any more, not even what waits; resolves when what is under way has ended. */
  stop(): Promise<void>;
}

/** What {@link createLatest} needs. */
export interface LatestOptions<T> {
  /** The state as it should be now; undefined when it cannot be said yet, and nothing is to change. */
  readonly build: () => T | undefined;
  /** Makes it so, and says whether that is all of it; if not, it is tried again. */
  readonly apply: (state: T) => Promise<boolean>;
  /** Gets what `build` and `apply` throw; it is tried again. */
  readonly onError: (error: unknown) => void;
  /** Gets the milliseconds from the first request for a state until all of it was applied. */
  readonly onApplied?: (ms: number) => void;
  readonly clock: Clock;
}

/** States that follow each other without an end: so many at once, then one in this time (ms). */
const rate = { burst: 20, everyMs: 100 };
const backoff = { base: 100, max: 10_000 };

/** A loop that applies the latest state, and after a failure tries again, less and less often. */
export function createLatest<T>(options: LatestOptions<T>): Latest {
  const { build, apply, onError, onApplied = () => {}, clock } = options;
  const pace = createPace(rate, clock);
  const stopping = new AbortController();
  let wanted = false;
  /** Since when something is wanted that has not been applied. */
  let waiting: number | undefined;
  let running = false;
  let stopped = false;
  let since: number | undefined;
  let failures = 0;
  let cancelRetry = () => {};
  let ended = Promise.resolve();

  async function run(): Promise<void> {
    // what a burst of events wants is built once
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
