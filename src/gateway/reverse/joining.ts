import type { Clock } from '../../runtime/clock.js';
import { createSessions } from '../tcp/sessions.js';
import { splice, type End } from '../tcp/splice.js';

/** Pairs of connections whose bytes this process carries. */
export interface Joining {
  /** Carries bytes both ways until both sides have ended. Resets both at once when there is no room. */
  join(link: string, a: End, b: End): Promise<void>;
  /** Resets those of the links that match. */
  cut(matches: (link: string) => boolean): void;
  size(): number;
}

/** Most pairs at once; the process beside HAProxy has little memory, and needs about 80 kB for each. */
export const mostPairs = 2_000;

/** No pairs yet. */
export function createJoining(clock: Clock, most = mostPairs): Joining {
  const sessions = createSessions<string>(clock);
  return {
    async join(link, a, b) {
      const reset = () => {
        a.reset();
        b.reset();
      };
      if (sessions.size >= most) return reset();
      const end = sessions.open(link, reset);
      try {
        await splice(a, b);
      } finally {
        end();
      }
    },
    cut: (matches) => void sessions.cut(matches),
    size: () => sessions.size,
  };
}
