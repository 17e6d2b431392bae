import type { Clock } from '../../runtime/clock.js';
import { allowance } from '../caps.js';
import { createShares } from './shares.js';

/** Handshakes that are under way. */
export interface Handshakes {
  /**
   * Takes a place for a handshake; returns a function for its end, or undefined when there is no place. When there
   * are too many, it may end an older handshake, whose callback is called.
   */
  begin(source: string, giveUp: () => void): (() => void) | undefined;
}

interface UnderWay {
  readonly since: number;
  readonly end: () => void;
  readonly giveUp: () => void;
}

/**
 * Starts without handshakes. No source has more places than its allowance. A source that has used up its allowance,
 * or that finds no place, gets the place of the oldest handshake (of its own, or of all) if that has been under way
 * for longer than `patience`.
 *
 * @param most at once
 * @param patience milliseconds that every handshake has
 */
export function createHandshakes(clock: Clock, most: number, patience: number): Handshakes {
  const shares = createShares(allowance.ofHandshakes);
  const all = new Set<UnderWay>();
  const bySource = new Map<string, Set<UnderWay>>();

  function begin(source: string, giveUp: () => void): (() => void) | undefined {
    const free = shares.take('', source, most) ?? instead(source);
    if (free === undefined) return undefined;
    const mine = bySource.get(source) ?? new Set();
    bySource.set(source, mine);
    const one: UnderWay = {
      since: clock.monotonic(),
      giveUp,
      end() {
        free();
        all.delete(one);
        mine.delete(one);
        if (mine.size === 0 && bySource.get(source) === mine) bySource.delete(source);
      },
    };
    all.add(one);
    mine.add(one);
    return one.end;
  }

  function instead(source: string): (() => void) | undefined {
    // in the order in which they began
    const [oldest] = bySource.get(source) ?? all;
    if (oldest === undefined || clock.monotonic() - oldest.since < patience) return undefined;
    oldest.end();
    oldest.giveUp();
    return shares.take('', source, most);
  }

  return { begin };
}
