import type { Clock } from '../runtime/clock.js';
import { decodeHeard, type Heard } from '../gateway/heard.js';

/** Entries of other processes by their name, with the moment at which each was first seen as it is. */
export interface Sightings {
  /** What is alive of these entries. */
  alive(entries: Readonly<Record<string, string>>): readonly Heard[];
}

/** An entry that has not changed for this long, in milliseconds, is of a process that is no more: it beats every minute. */
export const deadAfter = 180_000;

/** Judges by when an entry changed before our eyes, not by what other machines take for the time. */
export function createSightings(clock: Clock): Sightings {
  let seen = new Map<string, { readonly text: string; readonly at: number }>();
  return {
    alive(entries) {
      const now = clock.monotonic();
      seen = new Map(
        Object.entries(entries).map(([name, text]) => {
          const before = seen.get(name);
          return [name, before?.text === text ? before : { text, at: now }] as const;
        }),
      );
      return [...seen.values()].filter(({ at }) => now - at < deadAfter).map(({ text }) => decodeHeard(text));
    },
  };
}
