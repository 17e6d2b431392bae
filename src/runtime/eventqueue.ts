import { backoffDelay } from './backoff.js';
import type { Clock } from './clock.js';
import { ApiError, askedToWait } from './errors.js';
import type { Log } from './log.js';

/** A write of an Event that waits for its turn. */
export interface EventWrite<T> {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly send: () => Promise<T>;
}

/** Writes of Events, one at a time for the whole process, so that they never compete with what traffic needs. */
export interface EventQueue<T> {
  /** Resolves with the result of the write; undefined: it was lost. */
  put(write: EventWrite<T>): Promise<T | undefined>;
  /** Drops what waits, and says how much was lost and not told yet. */
  stop(): void;
}

/** Writes that wait at most: then the oldest one goes, those of type Normal first. */
const most = 1_000;

/** After a write without a usable answer nothing is written for this time (ms), longer with each such write. */
const pause = { base: 1_000, max: 60_000 };

/** After a lost event, further ones are counted for this time (ms). */
const countFor = 60_000;

interface Waiting<T> {
  readonly write: EventWrite<T>;
  readonly order: number;
  readonly end: (result?: T) => void;
}

/** Makes an empty queue. No write is repeated: an event that cannot be written is lost. */
export function createEventQueue<T>(o: { clock: Clock; log: Log; random?: () => number }): EventQueue<T> {
  const { clock, log, random = Math.random } = o;
  const losses = createLosses(clock, log);
  const lines = { Normal: new Map<number, Waiting<T>>(), Warning: new Map<number, Waiting<T>>() } as const;
  const stopped = new AbortController();
  let orders = 0;
  let isSending = false;

  const first = (type: 'Normal' | 'Warning') => lines[type].values().next().value;

  const take = (one: Waiting<T> | undefined) => {
    if (one !== undefined) lines[one.write.type].delete(one.order);
    return one;
  };

  const next = () => {
    const [normal, warning] = [first('Normal'), first('Warning')];
    const isNormal = (normal?.order ?? Infinity) < (warning?.order ?? Infinity);
    return take(isNormal ? normal : warning);
  };

  const drop = () => {
    take(first('Normal') ?? first('Warning'))?.end();
    losses.dropped();
  };

  const sendAll = async () => {
    if (isSending) return;
    isSending = true;
    let failures = 0;
    for (let one = next(); one !== undefined; one = next()) {
      let wait = 0;
      try {
        const result = await one.write.send();
        failures = 0;
        one.end(result);
      } catch (error) {
        losses.failed(one.write.reason, error);
        failures = isAnswered(error) ? 0 : failures + 1;
        if (failures > 0) wait = Math.max(backoffDelay(failures, pause, random), askedToWait(error));
        one.end();
      }
      if (wait > 0) await clock.sleep(wait, stopped.signal);
    }
    isSending = false;
  };

  return {
    put: (write) =>
      new Promise((end) => {
        if (stopped.signal.aborted) return end(undefined);
        const order = orders++;
        lines[write.type].set(order, { write, order, end });
        if (lines.Normal.size + lines.Warning.size > most) drop();
        void sendAll();
      }),
    stop() {
      stopped.abort();
      for (let one = next(); one !== undefined; one = next()) one.end();
      losses.stop();
    },
  };
}

/** Tells of the first lost event at once, and counts those of the next minute in one line. */
function createLosses(clock: Clock, log: Log) {
  let lost = { failed: 0, dropped: 0 };
  let cancel: (() => void) | undefined;

  const tell = () => {
    cancel = undefined;
    const { failed, dropped } = lost;
    lost = { failed: 0, dropped: 0 };
    if (failed + dropped > 0) log.warn('events were lost', { failed, dropped });
  };
  /** @returns whether an earlier loss was less than a minute ago */
  const counts = () => {
    if (cancel !== undefined) return true;
    cancel = clock.after(countFor, tell);
    return false;
  };

  return {
    failed(reason: string, error: unknown) {
      if (counts()) lost.failed += 1;
      else log.warn('an event was lost', { reason, error });
    },
    dropped() {
      counts();
      lost.dropped += 1;
    },
    stop() {
      cancel?.();
      tell();
    },
  };
}

/** Answers that say that the server is busy, or that it cannot tell who we are. */
const busy: ReadonlySet<number> = new Set([401, 408, 429]);

/** Whether the server has answered with a refusal of this one event, as in a namespace that is being deleted. */
function isAnswered(error: unknown): boolean {
  return error instanceof ApiError && error.status < 500 && !busy.has(error.status);
}
