import type { Clock } from '../../runtime/clock.js';
import { decodeHeard, type Heard } from '../../protocol/trustreport.js';

/**
 * Heartbeats: entries of other processes by name, with the time at which each was first seen with its present
 * content.
 */
export interface Heartbeats {
  /** The entries of live processes. */
  alive(entries: Readonly<Record<string, string>>): readonly Heard[];
  /** The names of the other entries. */
  dead(entries: Readonly<Record<string, string>>): readonly string[];
}

/** After this time without a change, in milliseconds, an entry's process is gone: a live one changes it every minute. */
export const deadAfter = 180_000;

/** Judges by the time at which this process saw a change, because the clocks of other machines may be wrong. */
export function createHeartbeats(clock: Clock): Heartbeats {
  let seen = new Map<string, { readonly text: string; readonly at: number }>();
  /** The present entries, each with whether it has changed recently. */
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
