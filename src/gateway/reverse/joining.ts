import type { Clock } from '../../runtime/clock.js';
import { allowance } from '../caps.js';
import { createSessions } from '../tcp/sessions.js';
import { createShares } from '../tcp/shares.js';
import { splice, type End } from '../tcp/splice.js';

/** Room for a pair. */
export interface Place {
  /** Carries bytes both ways until both sides have ended. */
  join(a: End, b: End): Promise<void>;
  /** Frees it. */
  leave(): void;
}

/** Pairs of connections whose bytes this process carries. */
export interface Joining {
  /** Takes a place, before there is a pair; undefined: there is none for that link. */
  enter(link: string): Place | undefined;
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
    enter(link) {
      const leave = places.take('', link, most);
      if (leave === undefined) return undefined;
      return {
        leave,
        async join(a, b) {
          const end = sessions.open(link, () => {
            a.reset();
            b.reset();
          });
          try {
            await splice(a, b);
          } finally {
            end();
            leave();
          }
        },
      };
    },
    cut: (matches) => void sessions.cut(matches),
    size: () => sessions.size,
  };
}
