import type { Clock } from './clock.js';
import type { Pace } from './pace.js';

/** The count and the times of something that happened, by the wall clock. */
export interface Occurrence {
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

/** Something that happens again and again to one object. */
export interface Series<T> extends Occurrence {
  /** The first event of the series. */
  readonly told: T;
  /** The name of its Event; absent: not written yet. */
  name?: string;
}

/** Counts repetitions, and writes them no more often than the pace of the object allows. */
export interface SeriesKeeper<T> {
  /** @param o.kind what of the object's happenings count as the same */
  add(o: { object: string; kind: string; told: T }): void;
  stop(): void;
}

interface Entry<T> extends Series<T> {
  count: number;
  lastAt: number;
  /** The monotonic time of the last repetition. */
  seenAt: number;
  readonly object: string;
  /** The count that was written last. */
  written: number;
  writtenAt: number;
  busy: boolean;
  cancel: (() => void) | undefined;
}

/** A series is over after this time (ms) without a repetition; Kubernetes' recorder also uses six minutes. */
const overAfter = 6 * 60_000;

/** From the third time on, a series is written once in this time (ms); the second time shows that there is a series. */
const writeEvery = 60_000;

const maxSeries = 4096;

/**
 * Makes a keeper without series.
 *
 * @param o.write receives a series whose count has changed; resolves with the count that was written, which may have
 *   changed again until its turn came; never rejects
 */
export function createSeries<T>(o: {
  clock: Clock;
  pace: Pace;
  write: (series: Series<T>) => Promise<number>;
}): SeriesKeeper<T> {
  const { clock, pace, write } = o;
  // in the order of the last repetition
  const all = new Map<string, Entry<T>>();

  const plan = (entry: Entry<T>) => {
    if (entry.busy || entry.cancel !== undefined || entry.count === entry.written) return;
    const spaced = entry.written < 2 ? 0 : entry.writtenAt + writeEvery - clock.monotonic();
    const wait = Math.max(spaced, pace.wait(entry.object));
    if (wait <= 0) void send(entry);
    else
      entry.cancel = clock.after(wait, () => {
        entry.cancel = undefined;
        plan(entry);
      });
  };

  const send = async (entry: Entry<T>) => {
    pace.spend(entry.object);
    entry.busy = true;
    entry.written = await write(entry);
    entry.writtenAt = clock.monotonic();
    entry.busy = false;
    plan(entry);
  };

  const forget = (key: string, entry: Entry<T>) => {
    entry.cancel?.();
    all.delete(key);
  };

  /** Removes series that are over and completely written; they are the first ones. */
  const tidy = () => {
    for (const [key, entry] of all) {
      const over = clock.monotonic() - entry.seenAt >= overAfter && entry.cancel === undefined;
      if (!over && all.size <= maxSeries) return;
      forget(key, entry);
    }
  };

  return {
    add({ object, kind, told }) {
      const key = `${object} ${kind}`;
      const now = clock.now();
      let entry = all.get(key);
      if (entry !== undefined && clock.monotonic() - entry.seenAt >= overAfter) {
        forget(key, entry);
        entry = undefined;
      }
      entry ??= {
        ...{ object, told, count: 0, firstAt: now, lastAt: now, seenAt: 0, written: 0, writtenAt: 0 },
        ...{ busy: false, cancel: undefined },
      };
      entry.count += 1;
      entry.lastAt = now;
      entry.seenAt = clock.monotonic();
      all.delete(key);
      all.set(key, entry);
      tidy();
      plan(entry);
    },
    stop() {
      for (const [key, entry] of all) forget(key, entry);
    },
  };
}
