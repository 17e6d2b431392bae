import { backoffDelay } from './backoff.js';
import type { Clock } from './clock.js';
import type { Hold } from './hold.js';
import { createLanes, moreUrgent, type Urgency } from './lanes.js';
import type { Metrics } from './metrics.js';
import { createPace, type Rate } from './pace.js';

/**
 * Keys to work on. A key that is added twice before it is taken is taken once. A key that is added while it is worked
 * on comes again afterwards; it is never worked on twice at the same time.
 */
export interface Queue {
  /** Puts a key in line. @param urgency @default 'normal' */
  add(key: string, urgency?: Urgency): void;
  /** Adds a key after so many milliseconds; of several times the earliest counts, and so does the most urgent way. */
  addAfter(key: string, ms: number, urgency?: Urgency): void;
  /**
   * Adds a key that is worked on after a wait that doubles with each failure since the last {@link forget}, as urgent as
   * it was. Returns the wait in ms.
   */
  retry(key: string): number;
  /** Adds a key that is worked on after so many milliseconds; what was of the bulk stays that. */
  later(key: string, ms: number): void;
  /** Puts a key that is worked on back in line, as urgent as it was. */
  back(key: string): void;
  /** Clears the failures of a key. */
  forget(key: string): void;
  /** The next key, when there is one; undefined once the queue is closed. Every key taken must be given to {@link done}. */
  take(): Promise<string | undefined>;
  /** Ends the work on a key; returns how urgent it was. */
  done(key: string): Urgency | undefined;
  /** Whether a key is in line, or is worked on. */
  has(key: string): boolean;
  /** Keys in line; those that wait for their time are not counted. */
  readonly depth: number;
  /** Keys taken and not yet done. */
  readonly active: number;
  /** Whether an urgent key is in line, or is worked on. */
  readonly isUrgent: boolean;
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
  /** Keys that may be worked on at once; the bulk leaves a quarter of that to others. @default as many as are taken */
  readonly atOnce?: (() => number) | undefined;
  /** While it is on, no keys are given out. @default it never is */
  readonly hold?: Hold | undefined;
  /** The group of a key; equally urgent keys of different groups take turns. @default all are of one group */
  readonly groupOf?: ((key: string) => string) | undefined;
}

const backoff = { base: 5, max: 5 * 60_000 };

/** Makes an empty queue; the cost of an operation does not depend on the number of keys. */
export function createQueue({
  name,
  clock,
  metrics,
  random = Math.random,
  rate,
  atOnce,
  hold,
  groupOf,
}: QueueOptions): Queue {
  const pace = rate === undefined ? undefined : createPace(rate, clock);
  const waiting = createLanes(groupOf);
  const working = new Map<string, Urgency>();
  /** Added while working. */
  const again = new Map<string, Urgency>();
  const delayed = new Map<string, { at: number; urgency: Urgency; cancel: () => void }>();
  const failures = new Map<string, number>();
  const takers: ((key: string | undefined) => void)[] = [];
  const atWork: Record<Urgency, number> = { urgent: 0, normal: 0, bulk: 0 };
  let closed = false;
  metrics?.queueDepth.set({ name }, 0);
  metrics?.queueAdds.inc({ name }, 0);
  metrics?.queueRetries.inc({ name }, 0);

  const next = (): string | undefined => {
    if (hold?.isOn === true) return undefined;
    const most = atOnce?.();
    if (most !== undefined && working.size >= most) return undefined;
    const bulk = most === undefined || atWork.bulk < Math.max(1, most - Math.ceil(most / 4));
    const first = waiting.take(bulk);
    if (first === undefined) return undefined;
    const { key, urgency, since } = first;
    working.set(key, urgency);
    atWork[urgency] += 1;
    pace?.spend(key);
    metrics?.queueDepth.set({ name }, waiting.size);
    metrics?.queueSeconds.observe({ name }, (clock.monotonic() - since) / 1000);
    return key;
  };

  /** Gives keys to takers, as long as there are both. */
  const serve = () => {
    while (takers.length > 0) {
      const key = next();
      if (key === undefined) return;
      takers.shift()?.(key);
    }
  };

  hold?.whenOver(serve);

  const line = (key: string, urgency: Urgency) => {
    delayed.get(key)?.cancel();
    delayed.delete(key);
    waiting.add(key, urgency, clock.monotonic());
    metrics?.queueDepth.set({ name }, waiting.size);
    serve();
  };

  const delay = (key: string, ms: number, urgency: Urgency) => {
    const at = clock.monotonic() + ms;
    const earlier = delayed.get(key);
    if (earlier !== undefined && earlier.at <= at) {
      earlier.urgency = moreUrgent(urgency, earlier.urgency);
      return;
    }
    earlier?.cancel();
    const due = () => {
      // a time in the past must not count as an earlier time: a key that has to wait longer would wait for ever
      const its = delayed.get(key)?.urgency ?? urgency;
      delayed.delete(key);
      queue.add(key, its);
    };
    const its = moreUrgent(urgency, earlier?.urgency);
    delayed.set(key, { at, urgency: its, cancel: clock.after(ms, due) });
  };

  /** Puts a key in line, or lets it wait until its pace allows it. */
  const offer = (key: string, urgency: Urgency) => {
    const wait = waiting.has(key) ? 0 : (pace?.wait(key) ?? 0);
    if (wait > 0) delay(key, wait, urgency);
    else line(key, urgency);
  };

  const queue: Queue = {
    add(key, urgency = 'normal') {
      if (closed) return;
      metrics?.queueAdds.inc({ name });
      if (working.has(key)) again.set(key, moreUrgent(urgency, again.get(key)));
      else offer(key, urgency);
    },
    addAfter(key, ms, urgency = 'normal') {
      if (closed) return;
      if (ms <= 0) return queue.add(key, urgency);
      if (waiting.has(key)) waiting.add(key, urgency, clock.monotonic());
      else if (!again.has(key)) delay(key, ms, urgency);
    },
    later: (key, ms) => queue.addAfter(key, ms, working.get(key) === 'bulk' ? 'bulk' : 'normal'),
    retry(key) {
      const count = (failures.get(key) ?? 0) + 1;
      failures.set(key, count);
      metrics?.queueRetries.inc({ name });
      const wait = backoffDelay(count, backoff, random);
      queue.addAfter(key, wait, working.get(key));
      return wait;
    },
    back: (key) => queue.add(key, working.get(key)),
    forget: (key) => void failures.delete(key),
    take() {
      if (closed) return Promise.resolve(undefined);
      const key = next();
      return key === undefined ? new Promise((resolve) => takers.push(resolve)) : Promise.resolve(key);
    },
    done(key) {
      const was = working.get(key);
      if (was !== undefined) atWork[was] -= 1;
      working.delete(key);
      const urgency = again.get(key);
      again.delete(key);
      if (closed) return was;
      if (urgency !== undefined) offer(key, urgency);
      serve();
      return was;
    },
    has: (key) => waiting.has(key) || working.has(key),
    get depth() {
      return waiting.size;
    },
    get active() {
      return working.size;
    },
    get isUrgent() {
      return atWork.urgent > 0 || waiting.isUrgent;
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
