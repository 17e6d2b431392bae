import type { Clock } from '../../runtime/clock.js';
import { decodeHeard, type Heard } from '../../protocol/trustreport.js';

/** Entries of other processes by their name, with the moment at which each was first seen as it is. */
export interface Heartbeats {
  /** What is alive of these entries. */
  alive(entries: Readonly<Record<string, string>>): readonly Heard[];
  /** Names of those that are not. */
  dead(entries: Readonly<Record<string, string>>): readonly string[];
}

/** An entry that has not changed for this long, in milliseconds, is of a process that is no more: it beats every minute. */
export const deadAfter = 180_000;

/** Judges by when an entry changed before our eyes, not by what other machines take for the time. */
export function createHeartbeats(clock: Clock): Heartbeats {
  let seen = new Map<string, { readonly text: string; readonly at: number }>();
  /** The entries as they are, each with whether it has changed lately. */
  function look(entries: Readonly<Record<string, string>>) {
    const now = clock.monotonic();
    seen = new Map(
      Object.entries(entries).map(([name, text]) => {
        const before = seen.get(name);
        return [name, before?.text === text ? before : { text, at: now }] as const;
      }),
    );
    return [...seen].map(([name, { text, at }]) => ({ name, text, lives: now - at < deadAfter }));
  }

  return {
    alive: (entries) =>
      look(entries)
        .filter(({ lives }) => lives)
        .map(({ text }) => decodeHeard(text)),
    dead: (entries) =>
      look(entries)
        .filter(({ lives }) => !lives)
        .map(({ name }) => name),
  };
}
