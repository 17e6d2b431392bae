import type { Clock } from '../../runtime/clock.js';

/** How many requests there may be at once, and milliseconds until there may be another one. */
interface Rate {
  readonly burst: number;
  readonly every: number;
}

/** The rates of one source and of all. One source alone does not use up what there is for all. */
export const attemptRates = {
  ofSource: { burst: 20, every: 3_000 },
  all: { burst: 100, every: 250 },
} as const satisfies Record<string, Rate>;

/** Most sources that are remembered; of more, those that came first are forgotten. */
export const mostSources = 1_024;

interface Bucket {
  left: number;
  at: number;
}

/**
 * Counts requests of strangers. A request that its source may not send does not count for all, so that one source
 * shuts out nobody else.
 *
 * @returns whether a request from a source may be read
 */
export function createAttempts(clock: Clock): (source: string) => boolean {
  const sources = new Map<string, Bucket>();
  const all = full(attemptRates.all);

  function full({ burst }: Rate): Bucket {
    return { left: burst, at: clock.monotonic() };
  }

  function has(bucket: Bucket, { burst, every }: Rate): boolean {
    const now = clock.monotonic();
    bucket.left = Math.min(burst, bucket.left + (now - bucket.at) / every);
    bucket.at = now;
    return bucket.left >= 1;
  }

  return (source) => {
    const one = sources.get(source) ?? full(attemptRates.ofSource);
    if (!sources.has(source) && sources.size >= mostSources)
      for (const oldest of sources.keys()) {
        sources.delete(oldest);
        break;
      }
    sources.set(source, one);
    if (!has(one, attemptRates.ofSource) || !has(all, attemptRates.all)) return false;
    one.left -= 1;
    all.left -= 1;
    return true;
  };
}
