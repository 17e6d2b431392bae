import type { Clock } from './clock.js';
import { ApiError, isOverload } from './errors.js';
import type { KubeClient } from './kube.js';
import { aroundWrites } from './writes.js';

/** How many requests of one kind may be under way at once: as many as the API server takes without delay. */
export interface InFlight {
  readonly limit: number;
  /** Sends one request, and learns from its duration and its error. */
  measure<T>(send: () => Promise<T>): Promise<T>;
}

/** Bounds of {@link createInFlight}. */
export interface InFlightOptions {
  readonly clock: Clock;
  /** Also the limit at the start. */
  readonly most: number;
  /** @default 2 */
  readonly least?: number;
}

/** An answer that takes longer (ms) shows that the server has too much to do. */
const slow = 1_500;

/** The limit is not lowered again before the effect of the last time shows (ms). */
const effect = 1_000;

/**
 * Begins with the most. It halves the limit when the server refuses a request because it has too much to do (429, 503,
 * 504) or answers slowly, at most once in a second, and raises it by one for each round of good answers (additive
 * increase, multiplicative decrease: RFC 5681, 3.1).
 */
export function createInFlight({ clock, most, least = 2 }: InFlightOptions): InFlight {
  let limit = most;
  let loweredAt = -Infinity;
  let good = 0;

  const lower = () => {
    const now = clock.monotonic();
    good = 0;
    if (now - loweredAt < effect) return;
    loweredAt = now;
    limit = Math.max(least, Math.floor(limit / 2));
  };
  const raise = () => {
    good += 1;
    if (good < limit) return;
    good = 0;
    limit = Math.min(most, limit + 1);
  };

  return {
    get limit() {
      return limit;
    },
    async measure(send) {
      const began = clock.monotonic();
      const isSlow = () => clock.monotonic() - began > slow;
      try {
        const answer = await send();
        if (isSlow()) lower();
        else raise();
        return answer;
      } catch (error) {
        if (isTooMuch(error) || isSlow()) lower();
        // no answer at all says nothing of what the server can take
        else if (error instanceof ApiError) raise();
        throw error;
      }
    },
  };
}

/** 504: the server did not get it done in time. */
function isTooMuch(error: unknown): boolean {
  return isOverload(error) || (error instanceof ApiError && error.status === 504);
}

/** The same client, whose writes are measured by the plural name of what they write. */
export function withMeasuredWrites(
  kube: KubeClient,
  of: Readonly<Record<string, InFlight | undefined>>,
): KubeClient {
  return aroundWrites(kube, ({ resource: { plural } }, send) => of[plural]?.measure(send) ?? send());
}
