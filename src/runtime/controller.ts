import { randomUUID } from 'node:crypto';
import { createBreather, type Breather } from './breather.js';
import type { Clock } from './clock.js';
import { isConflict } from './errors.js';
import type { Hold } from './hold.js';
import type { Urgency } from './lanes.js';
import type { Liveness } from './liveness.js';
import type { Log } from './log.js';
import type { Metrics } from './metrics.js';
import { createQueue } from './queue.js';
import { restAfter } from './trouble.js';

/** Reconciles keys: one `reconcile` per key at a time, again after failures, for ever. */
export interface Controller {
  readonly name: string;
  enqueue(key: string, urgency?: Urgency): void;
  enqueueAfter(key: string, ms: number, urgency?: Urgency): void;
  /** Whether a key is in line, or is worked on. */
  has(key: string): boolean;
  /** Works until the signal aborts; then lets running reconciles end, for at most 20 s, and resolves. */
  run(signal: AbortSignal): Promise<void>;
  /** Whether no key is being worked on or in line; keys that wait for a later time do not count. */
  idle(): boolean;
  /** Whether an urgent key is being worked on or in line. */
  urgent(): boolean;
}

/** The work and the needs of a controller. */
export interface ControllerOptions {
  readonly name: string;
  /**
   * Reconciles one key by reading the caches again; it does not learn what has changed. A throw means: again later,
   * with backoff. `requeueAfter` (ms) means: again then. The signal aborts only when the time for an orderly end is
   * over.
   */
  readonly reconcile: (key: string, signal: AbortSignal) => Promise<void | { requeueAfter: number }>;
  /** @default 4 */
  readonly workers?: number;
  /** How many of the workers may work now. @default all */
  readonly atOnce?: (() => number) | undefined;
  /**
   * For work that is writes to one API server: if that server has too much to do or cannot be reached, all keys wait until
   * this is over, and none has failed. @default each key is tried again with backoff
   */
  readonly hold?: Hold | undefined;
  /** The group of a key; equally urgent keys of different groups take turns. @default all are of one group */
  readonly groupOf?: ((key: string) => string) | undefined;
  /** Called with our name when a key was reconciled and is not in line again. @param urgency how urgent it was */
  readonly onDone?: ((name: string, key: string, urgency: Urgency | undefined) => void) | undefined;
  /** Shared by all controllers of a process. @default its own */
  readonly breathe?: Breather | undefined;
  readonly log: Log;
  readonly clock: Clock;
  readonly metrics?: Metrics;
  /** Is notified of each reconcile. */
  readonly liveness?: Liveness | undefined;
  readonly random?: () => number;
}

const drainMs = 20_000;

/**
 * How often one key is reconciled: a burst is done at once, and an endless change (a remote endpoint that flaps)
 * costs no more than one round of writes in a second.
 */
const rate = { burst: 10, everyMs: 1_000 };

type Result = 'success' | 'requeue_after' | 'conflict' | 'error';
const results: readonly Result[] = ['success', 'requeue_after', 'conflict', 'error'];

/** Makes a controller; keys may be added before it runs. */
export function createController(o: ControllerOptions): Controller {
  const { name, clock, metrics, workers = 4, random, atOnce, hold, groupOf } = o;
  const breathe = o.breathe ?? createBreather(clock);
  const log = o.log.child({ controller: name });
  const queue = createQueue({ name, clock, metrics, random, rate, atOnce, hold, groupOf });
  const hard = new AbortController();
  let running = false;
  for (const result of results) metrics?.reconciles.inc({ controller: name, result }, 0);
  metrics?.activeWorkers.set({ controller: name }, 0);

  const reconcile = async (key: string): Promise<Result> => {
    const run = log.child({ object: key, run: randomUUID().slice(0, 8) });
    try {
      const outcome = await o.reconcile(key, hard.signal);
      queue.forget(key);
      if (outcome === undefined) return 'success';
      queue.later(key, outcome.requeueAfter);
      return 'requeue_after';
    } catch (error) {
      const rest = restAfter(error);
      if (hold !== undefined && rest !== undefined) {
        queue.back(key);
        const isNew = hold.begin(rest);
        run[isNew ? 'warn' : 'debug']('the API server takes no writes now', { retryInMs: rest, error });
        return 'requeue_after';
      }
      const retryInMs = Math.round(queue.retry(key));
      // somebody else wrote first: that is ordinary, and the newer object is on its way to the cache
      if (isConflict(error)) {
        run.debug('the object changed meanwhile', { retryInMs, error: error.message });
        return 'conflict';
      }
      run.error('reconcile failed', { retryInMs, error });
      return 'error';
    }
  };

  const work = async () => {
    for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
      const started = clock.monotonic();
      const step = o.liveness?.begin(`reconciling ${name}`);
      metrics?.activeWorkers.inc({ controller: name });
      const result = await reconcile(key);
      step?.ended();
      const urgency = queue.done(key);
      if (!queue.has(key)) o.onDone?.(name, key, urgency);
      metrics?.activeWorkers.dec({ controller: name });
      metrics?.reconciles.inc({ controller: name, result });
      metrics?.reconcileSeconds.observe({ controller: name }, (clock.monotonic() - started) / 1000);
      await breathe();
    }
  };

  return {
    name,
    enqueue: (key, urgency) => queue.add(key, urgency),
    enqueueAfter: (key, ms, urgency) => queue.addAfter(key, ms, urgency),
    has: (key) => queue.has(key),
    idle: () => queue.depth === 0 && queue.active === 0,
    urgent: () => queue.isUrgent,
    async run(signal) {
      if (running) throw new Error(`the controller ${name} already runs`);
      running = true;
      const overdue = Promise.withResolvers<void>();
      let cancel = () => {};
      const stop = () => {
        queue.close();
        cancel = clock.after(drainMs, () => {
          log.warn('stopped in the middle of a reconcile', { active: queue.active });
          hard.abort(signal.reason);
          overdue.resolve();
        });
      };
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
      await Promise.race([Promise.all(Array.from({ length: workers }, work)), overdue.promise]);
      cancel();
    },
  };
}
