import type { Clock } from './clock.js';

/** How often something may happen to one key: a burst, and then once in `everyMs`. */
export interface Rate {
  readonly burst: number;
  readonly everyMs: number;
}

/** A token bucket per key. */
export interface Pace {
  /** How long (ms) the key has to wait before it may go on; 0: not at all. */
  wait(key: string): number;
  /** Counts that the key went on. */
  spend(key: string, tokens?: number): void;
  /** The number of remembered keys: those whose bucket is not full again. */
  readonly size: number;
}

/** Makes a pace in which every key starts with a full bucket. */
export function createPace({ burst, everyMs }: Rate, clock: Clock): Pace {
  // in the order of spending, so that the first keys are the ones to forget
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

/** Text that is parsed in about a millisecond; slower text counts as more. */
const bytesPerMs = 100 * 1024;

/**
 * Passes chunks on and counts the cost of each: its bytes, or the time until the next one is asked for. A text of two
 * megabytes may be parsed in 20 ms, or in a second if all its fields have different names.
 */
export async function* metered(
  chunks: AsyncIterable<Uint8Array>,
  { clock, pace }: { clock: Clock; pace: Pace | undefined },
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    const started = clock.monotonic();
    yield chunk;
    pace?.spend('', Math.max(chunk.length, (clock.monotonic() - started) * bytesPerMs));
  }
}
