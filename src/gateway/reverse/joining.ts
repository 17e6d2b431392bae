import type { Clock } from '../../runtime/clock.js';
import { allowance } from '../caps.js';
import { createSessions } from '../tcp/sessions.js';
import { createShares } from '../tcp/shares.js';
import { splice, type End } from '../tcp/splice.js';

/** Pairs of connections whose bytes this process carries. */
export interface Joining {
  /** Carries bytes both ways until both sides have ended. Resets both at once when there is no room. */
  join(link: string, a: End, b: End): Promise<void>;
  /** Resets those of the links that match. */
  cut(matches: (link: string) => boolean): void;
  size(): number;
}

/** Most pairs at once, of which a link has no more than it leaves free; the process beside HAProxy has little memory, and needs about 80 kB for each. */
export const mostPairs = 2_000;

/** No pairs yet. */
export function createJoining(clock: Clock, most = mostPairs): Joining {
  const sessions = createSessions<string>(clock);
  const places = createShares(allowance.ofLink);
  return {
    async join(link, a, b) {
      const reset = () => {
        a.reset();
        b.reset();
      };
      const leave = places.take('', link, most);
      if (leave === undefined) return reset();
      const end = sessions.open(link, reset);
      try {
        await splice(a, b);
      } finally {
        end();
        leave();
      }
    },
    cut: (matches) => void sessions.cut(matches),
    size: () => sessions.size,
  };
}
