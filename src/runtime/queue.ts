import { backoffDelay } from './backoff.js';
import type { Clock } from './clock.js';
import type { Metrics } from './metrics.js';
import { createPace, type Rate } from './pace.js';

/**
 * Keys that want work. A key that is added twice before it is taken is taken once; a key that is added while it is being
 * worked on comes again afterwards, and is never worked on twice at the same time.
 */
export interface Queue {
  /** Puts a key in line, in front of the ordinary ones if urgent. */
  add(key: string, o?: { urgent?: boolean }): void;
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

/** What a queue needs. */
export interface QueueOptions {
  /** Label of the metrics. */
  readonly name: string;
  readonly clock: Clock;
  readonly metrics?: Metrics | undefined;
  readonly random?: (() => number) | undefined;
  /** How often one key is given out; a key that is added more often waits in between. @default without bound */
  readonly rate?: Rate | undefined;
}

const backoff = { base: 5, max: 5 * 60_000 };

/** Makes an empty queue; every operation costs the same however long the line is. */
export function createQueue({ name, clock, metrics, random = Math.random, rate }: QueueOptions): Queue {
  const pace = rate === undefined ? undefined : createPace(rate, clock);
  const lanes = { urgent: createLane(), ordinary: createLane() };
  /** When a key got in line, by the lane's order; for the metrics, and to know that it is in line. */
  const waiting = new Map<string, { since: number; urgent: boolean }>();
  const working = new Set<string>();
  /** Added while working; whether urgently. */
  const again = new Map<string, boolean>();
  const delayed = new Map<string, { at: number; cancel: () => void; urgent: boolean }>();
  const failures = new Map<string, number>();
  const takers: ((key: string | undefined) => void)[] = [];
  let closed = false;
  metrics?.queueDepth.set({ name }, 0);
  metrics?.queueAdds.inc({ name }, 0);
  metrics?.queueRetries.inc({ name }, 0);

  const next = (): string | undefined => {
    for (const lane of [lanes.urgent, lanes.ordinary])
      for (let key = lane.shift(); key !== undefined; key = lane.shift()) {
        const entry = waiting.get(key);
        // A key that became urgent stands in both lanes; the second mention is void.
        if (entry === undefined || (entry.urgent && lane === lanes.ordinary)) continue;
        waiting.delete(key);
        working.add(key);
        pace?.spend(key);
        metrics?.queueDepth.set({ name }, waiting.size);
        metrics?.queueSeconds.observe({ name }, (clock.monotonic() - entry.since) / 1000);
        return key;
      }
    return undefined;
  };

  const serve = () => {
    while (takers.length > 0 && waiting.size > 0) {
      const key = next();
      if (key === undefined) return;
      takers.shift()?.(key);
    }
  };

  const line = (key: string, urgent: boolean) => {
    delayed.get(key)?.cancel();
    delayed.delete(key);
    const entry = waiting.get(key);
    if (entry !== undefined && (entry.urgent || !urgent)) return;
    waiting.set(key, { since: entry?.since ?? clock.monotonic(), urgent });
    (urgent ? lanes.urgent : lanes.ordinary).push(key);
    metrics?.queueDepth.set({ name }, waiting.size);
  };

  const delay = (key: string, ms: number, urgent: boolean) => {
    const at = clock.monotonic() + ms;
    const earlier = delayed.get(key);
    const entry = { urgent: urgent || earlier?.urgent === true };
    if (earlier !== undefined && earlier.at <= at) {
      earlier.urgent = entry.urgent;
      return;
    }
    earlier?.cancel();
    const due = () => {
      // what is over must not pass for an earlier time: a key that has to wait on would wait for ever
      delayed.delete(key);
      queue.add(key, { urgent: timed.urgent });
    };
    const timed = { ...entry, at, cancel: clock.after(ms, due) };
    delayed.set(key, timed);
  };

  /** Puts a key in line, or lets it wait for its turn. */
  const offer = (key: string, urgent: boolean) => {
    const wait = waiting.has(key) ? 0 : (pace?.wait(key) ?? 0);
    if (wait > 0) return delay(key, wait, urgent);
    line(key, urgent);
    serve();
  };

  const queue: Queue = {
    add(key, { urgent = false } = {}) {
      if (closed) return;
      metrics?.queueAdds.inc({ name });
      if (working.has(key)) again.set(key, urgent || again.get(key) === true);
      else offer(key, urgent);
    },
    addAfter(key, ms) {
      if (closed) return;
      if (ms <= 0) return queue.add(key);
      if (!waiting.has(key) && !again.has(key)) delay(key, ms, false);
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
      const urgent = again.get(key);
      if (urgent === undefined || closed) return;
      again.delete(key);
      offer(key, urgent);
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

interface Lane {
  push(key: string): void;
  shift(): string | undefined;
}

/** First in, first out; an array's own shift() would move all the others. */
function createLane(): Lane {
  let keys: (string | undefined)[] = [];
  let head = 0;
  return {
    push: (key) => void keys.push(key),
    shift() {
      if (head === keys.length) return undefined;
      const key = keys[head];
      keys[head++] = undefined;
      if (head > 1024 && head * 2 > keys.length) {
        keys = keys.slice(head);
        head = 0;
      }
      return key;
    },
  };
}
