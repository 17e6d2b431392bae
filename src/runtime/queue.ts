import { backoffDelay } from './backoff.js';
import type { Clock } from './clock.js';
import type { Metrics } from './metrics.js';
import { createPace, type Rate } from './pace.js';

/**
 * Keys to work on. A key that is added twice before it is taken is taken once. A key that is added while it is worked
 * on comes again afterwards; it is never worked on twice at the same time.
 */
export interface Queue {
  /** Puts a key in line. */
  add(key: string): void;
  /** Adds a key after so many milliseconds; of several times the earliest counts. */
  addAfter(key: string, ms: number): void;
  /** Adds a key after a wait that doubles with each failure since the last {@link forget}. Returns the wait in ms. */
  retry(key: string): number;
  /** Clears the failures of a key. */
  forget(key: string): void;
  /** The next key, when there is one; undefined once the queue is closed. Every key taken must be given to {@link done}. */
  take(): Promise<string | undefined>;
  done(key: string): void;
  /** Keys in line; those that wait for their time are not counted. */
  readonly depth: number;
  /** Keys taken and not yet done. */
  readonly active: number;
  /** Gives out no more keys. */
  close(): void;
}

/** The options of a queue. */
export interface QueueOptions {
  /** Label of the metrics. */
  readonly name: string;
  readonly clock: Clock;
  readonly metrics?: Metrics | undefined;
  readonly random?: (() => number) | undefined;
  /** How often one key is given out; a key that is added more often waits. @default without bound */
  readonly rate?: Rate | undefined;
}

const backoff = { base: 5, max: 5 * 60_000 };

/** Makes an empty queue; the cost of an operation does not depend on the number of keys. */
export function createQueue({ name, clock, metrics, random = Math.random, rate }: QueueOptions): Queue {
  const pace = rate === undefined ? undefined : createPace(rate, clock);
  /** The line: the time at which each key was added, in the order of adding. */
  const waiting = new Map<string, number>();
  /** An iterator before the first key in line. It stays, because a new one would pass all removed keys again. */
  const front = waiting.entries();
  const working = new Set<string>();
  /** Added while working. */
  const again = new Set<string>();
  const delayed = new Map<string, { at: number; cancel: () => void }>();
  const failures = new Map<string, number>();
  const takers: ((key: string | undefined) => void)[] = [];
  let closed = false;
  metrics?.queueDepth.set({ name }, 0);
  metrics?.queueAdds.inc({ name }, 0);
  metrics?.queueRetries.inc({ name }, 0);

  const next = (): string | undefined => {
    // an iterator that has reached the end never gives anything again
    const first = waiting.size === 0 ? undefined : front.next().value;
    if (first === undefined) return undefined;
    const [key, since] = first;
    waiting.delete(key);
    working.add(key);
    pace?.spend(key);
    metrics?.queueDepth.set({ name }, waiting.size);
    metrics?.queueSeconds.observe({ name }, (clock.monotonic() - since) / 1000);
    return key;
  };

  const line = (key: string) => {
    delayed.get(key)?.cancel();
    delayed.delete(key);
    if (!waiting.has(key)) waiting.set(key, clock.monotonic());
    metrics?.queueDepth.set({ name }, waiting.size);
    takers.shift()?.(next());
  };

  const delay = (key: string, ms: number) => {
    const at = clock.monotonic() + ms;
    const earlier = delayed.get(key);
    if (earlier !== undefined && earlier.at <= at) return;
    earlier?.cancel();
    const due = () => {
      // a time in the past must not count as an earlier time: a key that has to wait longer would wait for ever
      delayed.delete(key);
      queue.add(key);
    };
    delayed.set(key, { at, cancel: clock.after(ms, due) });
  };

  /** Puts a key in line, or lets it wait until its pace allows it. */
  const offer = (key: string) => {
    const wait = waiting.has(key) ? 0 : (pace?.wait(key) ?? 0);
    if (wait > 0) delay(key, wait);
    else line(key);
  };

  const queue: Queue = {
    add(key) {
      if (closed) return;
      metrics?.queueAdds.inc({ name });
      if (working.has(key)) again.add(key);
      else offer(key);
    },
    addAfter(key, ms) {
      if (closed) return;
      if (ms <= 0) return queue.add(key);
      if (!waiting.has(key) && !again.has(key)) delay(key, ms);
    },
    retry(key) {
      const count = (failures.get(key) ?? 0) + 1;
      failures.set(key, count);
      metrics?.queueRetries.inc({ name });
      const wait = backoffDelay(count, backoff, random);
      queue.addAfter(key, wait);
      return wait;
    },
    forget: (key) => void failures.delete(key),
    take() {
      if (closed) return Promise.resolve(undefined);
      const key = next();
      return key === undefined ? new Promise((resolve) => takers.push(resolve)) : Promise.resolve(key);
    },
    done(key) {
      working.delete(key);
      if (again.delete(key) && !closed) offer(key);
    },
    get depth() {
      return waiting.size;
    },
    get active() {
      return working.size;
    },
    close() {
      closed = true;
      for (const { cancel } of delayed.values()) cancel();
      delayed.clear();
      for (const taker of takers.splice(0)) taker(undefined);
    },
  };
  return queue;
}
