import type { Clock } from './clock.js';

/** How often something may happen to one key: so many times at once, and once more each `everyMs`. */
export interface Rate {
  readonly burst: number;
  readonly everyMs: number;
}

/** A token bucket per key. */
export interface Pace {
  /** How long (ms) the key has to wait until it may go on; 0: not at all. */
  wait(key: string): number;
  /** Counts that it went on. */
  spend(key: string, tokens?: number): void;
  /** Keys that are remembered: those that have spent something and not had time to get it back. */
  readonly size: number;
}

/** Makes a pace in which every key starts with a full bucket. */
export function createPace({ burst, everyMs }: Rate, clock: Clock): Pace {
  // In the order of spending, so that the keys that may be forgotten stand in front.
  const buckets = new Map<string, { tokens: number; at: number }>();

  const tokensOf = (bucket: { tokens: number; at: number } | undefined) =>
    bucket === undefined ? burst : Math.min(burst, bucket.tokens + (clock.monotonic() - bucket.at) / everyMs);

  return {
    wait(key) {
      const tokens = tokensOf(buckets.get(key));
      return tokens >= 1 ? 0 : Math.ceil((1 - tokens) * everyMs);
    },
    spend(key, spent = 1) {
      const tokens = tokensOf(buckets.get(key)) - spent;
      buckets.delete(key);
      buckets.set(key, { tokens, at: clock.monotonic() });
      for (const [other, bucket] of buckets) {
        if (tokensOf(bucket) < burst) break;
        buckets.delete(other);
      }
    },
    get size() {
      return buckets.size;
    },
  };
}
