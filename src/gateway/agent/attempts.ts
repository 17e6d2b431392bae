import type { Clock } from '../../runtime/clock.js';
import { createPace, type Pace, type Rate } from '../../runtime/pace.js';

/** The rates of one source and of all. One source alone does not use up what there is for all. */
export const attemptRates = {
  ofSource: { burst: 20, everyMs: 3_000 },
  all: { burst: 100, everyMs: 250 },
} as const satisfies Record<string, Rate>;

/** Most sources that are remembered; of more, those that came first are forgotten. */
export const mostSources = 1_024;

/**
 * Counts requests of strangers. A request that its source may not send does not count for all, so that one source
 * shuts out nobody else.
 *
 * @returns whether a request from a source may be read
 */
export function createAttempts(clock: Clock): (source: string) => boolean {
  const sources = new Map<string, Pace>();
  const all = createPace(attemptRates.all, clock);

  return (source) => {
    const one = sources.get(source) ?? createPace(attemptRates.ofSource, clock);
    if (!sources.has(source) && sources.size >= mostSources)
      for (const oldest of sources.keys()) {
        sources.delete(oldest);
        break;
      }
    sources.set(source, one);
    if (one.wait('') > 0 || all.wait('') > 0) return false;
    one.spend('');
    all.spend('');
    return true;
  };
}
