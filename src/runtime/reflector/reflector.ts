import type { KubeObject } from '../../api/objects.js';
import { keyOf, type Resource } from '../../api/resources.js';
import { backoffDelay } from '../backoff.js';
import { createStore, type Cache } from '../cache.js';
import type { Clock } from '../clock.js';
import type { Account } from '../budget.js';
import { ApiError, askedToWait, isGone, TooLargeError } from '../errors.js';
import type { IndexFunctions } from '../indexes.js';
import type { KubeClient, WatchEvent } from '../kube.js';
import type { Liveness, LivenessStep } from '../liveness.js';
import type { Log } from '../log.js';
import { trimManagedFields } from '../managed.js';
import type { Selection } from '../paths.js';
import { isOlder, type Rewindable } from '../rewind.js';
import { DeadlineExceeded, orAborted } from '../deadline.js';
import { listAll } from './list.js';
import { createOwnWrites, type OwnWrite } from './ownwrites.js';
import { createReflectorState, type ReflectorState } from './state.js';
import { followWatch } from './follow.js';

export type { ReflectorState } from './state.js';

/** Keeps a cache equal to what an API server holds: one list, then watches, for ever. */
export interface Reflector<T> extends Rewindable {
  readonly cache: Cache<T>;
  readonly state: ReflectorState;
  /** Calls `fn` when the phase changes; the returned function ends that. */
  onState(fn: () => void): () => void;
  /**
   * Works until the signal aborts; then resolves, with no watch left open. It rejects only for a mistake of the
   * caller.
   */
  run(signal: AbortSignal): Promise<void>;
  /**
   * A write of ours to the object of that key begins. When it is over, the cache holds the answer, unless it knows
   * better, and the change is marked as `own`. So a decision never rests on a state from before our own write.
   */
  beginWrite(key: string): OwnWrite<T>;
  /** Ends the open watch, or the wait for the next attempt, and tries again: contact is lost, or is back. */
  reconnect(): void;
  /** Resolves once the first list is in; rejects with the signal's reason. */
  whenSynced(signal?: AbortSignal): Promise<void>;
}

/** The options of a reflector. */
export interface ReflectorOptions<T extends KubeObject> extends Selection {
  readonly indexes?: IndexFunctions<T>;
  /** Applied to each object before it is kept. @default removes entries of other managers from `managedFields` */
  readonly transform?: (object: T) => T;
  /** The limit of the cache, and the bytes of an object after its transformation. @default without bound */
  readonly budget?: { readonly account: Account; readonly weigh: (object: Readonly<T>) => number };
  /** Called before each list; when it throws, the list counts as failed. */
  readonly beforeList?: (signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
  /** Is notified of each attempt and event; only for a server that is trusted to end a watch. */
  readonly liveness?: Liveness | undefined;
  readonly random?: () => number;
}

const backoff = { base: 500, max: 30_000 };

/** The wait (ms) after an answer that is too large: another read costs much, and only a change of the server helps. */
const tooLargePause = 5 * 60_000;

/** A watch that lasted this long (ms) counts as a success, even without an event. */
const longEnoughMs = 5_000;

/**
 * Longest pause (ms) after watches that the server ends too soon, though each brings events: they cost little, and
 * the events are wanted.
 */
const shortPause = 2_000;

/** After so many watches in a row that were refused or broke at once, the resource version itself may be the cause. */
const watchFailuresBeforeList = 5;

/**
 * Makes a reflector. Failures never change the cache: an object that is not seen is not gone. Every failure is
 * followed by another attempt with backoff, for ever, and shows in `state`.
 */
export function createReflector<T extends KubeObject>(
  kube: KubeClient,
  resource: Resource<T>,
  o: ReflectorOptions<T>,
): Reflector<T> {
  const { clock, log, random = Math.random } = o;
  const { metrics, cluster = 'local' } = kube.counted ?? {};
  const labels = { cluster, resource: resource.plural };
  const transform = o.transform ?? ((object: T) => trimManagedFields(object, kube.fieldManager));
  const store = createStore<T>({
    indexes: o.indexes,
    onError: (error) => log.error('a change handler failed', { resource: resource.plural, error }),
  });
  const state = createReflectorState(clock, (error) =>
    log.error('a state handler failed', { resource: resource.plural, error }),
  );
  const selection: Selection = {
    ...(o.namespace !== undefined && { namespace: o.namespace }),
    ...(o.labelSelector !== undefined && { labelSelector: o.labelSelector }),
    ...(o.fieldSelector !== undefined && { fieldSelector: o.fieldSelector }),
  };
  const synced = Promise.withResolvers<void>();
  const ownWrites = createOwnWrites<T>();
  let running = false;
  /** The number of its objects in the metrics. */
  let counted = 0;
  /** The version at which the next watch starts; undefined: a list comes first. */
  let version: string | undefined;
  /** How often the server has gone back to an older state, and how often a list has followed. */
  let rewinds = 0;
  let listedRewinds = 0;
  /** The number of watches in a row that the server has ended too soon, whatever they brought. */
  let shortWatches = 0;
  /** Retry-After of the last failure, in milliseconds. */
  let retryAfter = 0;
  /** The present list or watch. */
  let step: LivenessStep | undefined;
  /** When the server accepted the present watch. */
  let openedAt: number | undefined;
  /** Aborts the present wait: for the next event, or for the time of the next attempt. */
  let nudge = new AbortController();

  /** Several reflectors may have objects of one kind, so each counts its own. */
  const count = (size: number) => {
    metrics?.objects.inc(labels, size - counted);
    counted = size;
  };

  const weigh = (object: Readonly<T> | undefined) => (object && o.budget?.weigh(object)) ?? 0;

  const list = async (signal: AbortSignal) => {
    await o.beforeList?.(signal);
    const known = rewinds;
    const rewound = known !== listedRewinds;
    let bytes = 0;
    const taken = (object: T): T => {
      const kept = (!rewound && store.same(object)) || transform(object);
      o.budget?.account.check((bytes += weigh(kept)));
      return kept;
    };
    const request = { ...selection, transform: taken };
    const { items: objects, resourceVersion } = await listAll(kube, resource, request, signal);
    o.budget?.account.hold(bytes);
    if (rewound) ownWrites.clear();
    store.replace(ownWrites.addTo(objects, resourceVersion), { rewound });
    listedRewinds = known;
    version = resourceVersion;
    count(store.size);
    if (!store.synced) {
      store.synced = true;
      synced.resolve();
    }
    // listeners of the phase read the cache, and are not called again when it is synced
    state.heard();
  };

  const watch = async (from: string, signal: AbortSignal) => {
    const onOpen = () => {
      openedAt = clock.monotonic();
      state.heard();
    };
    const request = { ...selection, resourceVersion: from, clock, onOpen };
    const events = followWatch(kube, resource, request, signal);
    for await (const event of events) {
      state.heard();
      step?.goesOn();
      const next = event.object.metadata.resourceVersion ?? version;
      if (event.type === 'BOOKMARK') ownWrites.reached(next ?? '');
      else {
        metrics?.watchEvents.inc(labels);
        if (!ownWrites.hold(event)) take(event);
      }
      // last, so that an event that could not be handled comes again
      version = next;
    }
  };

  const take = (event: WatchEvent<T> & { object: T }) => {
    if (ownWrites.isBefore(event.object)) return;
    if (event.type === 'DELETED') keep(keyOf(event.object), undefined);
    else if (store.same(event.object) === undefined) keep(keyOf(event.object), transform(event.object));
  };

  const keep = (key: string, object: T | undefined, from: { own?: true } = {}) => {
    const account = o.budget?.account;
    const before = store.get(key);
    account?.hold(account.held - weigh(before) + weigh(object));
    if (object !== undefined) store.put(object, from);
    else if (before !== undefined) store.drop(before);
    count(store.size);
  };

  const endWrite = (key: string, written: T | undefined) => {
    // before the first list nothing is decided, and after a restored backup nothing is certain
    const position = rewinds === listedRewinds ? version : undefined;
    const { own, event } = ownWrites.end(key, written && transform(written), position);
    if (own !== undefined) keep(key, own, { own: true });
    if (event !== undefined) take(event);
  };

  /** The wait after a watch that ended too soon: without it, events alone would make a loop without a pause. */
  const pause = (from: string): number => {
    const lived = openedAt !== undefined && clock.monotonic() - openedAt >= longEnoughMs;
    shortWatches = lived ? 0 : shortWatches + 1;
    // a single one is ordinary: a server that stops, or a version that has expired
    if (shortWatches < 2) return 0;
    const progress = version !== from && version !== undefined;
    const max = progress ? shortPause : backoff.max;
    return backoffDelay(shortWatches - 1, { ...backoff, max }, random);
  };

  /** One list or one watch. Returns the number of failures in a row. */
  const attempt = async (failures: number, signal: AbortSignal): Promise<number> => {
    if (rewinds !== listedRewinds) version = undefined;
    const from = version;
    openedAt = undefined;
    let failure: unknown;
    try {
      await (from === undefined ? list(signal) : watch(from, AbortSignal.any([signal, nudge.signal])));
    } catch (error) {
      failure = error;
    }
    if (signal.aborted || (from !== undefined && nudge.signal.aborted)) return 0;
    metrics?.lastEvent.set(labels, state.lastHeard / 1000);
    if (from === undefined)
      metrics?.lists.inc({ ...labels, result: failure === undefined ? 'success' : 'error' });
    const good = version !== from || (openedAt !== undefined && clock.monotonic() - openedAt >= longEnoughMs);
    if (failure === undefined) return good ? 0 : failures + 1;
    return failed(failure, { listing: from === undefined, failures: good ? 1 : failures + 1 });
  };

  const failed = (error: unknown, { listing, failures }: { listing: boolean; failures: number }): number => {
    const line = { resource: resource.plural, failures, error };
    if (listing) log.warn('list failed', line);
    else log.info(isGone(error) ? 'watch expired' : 'watch failed', line);
    if (!listing && isGone(error)) {
      version = undefined;
      return 0;
    }
    if (error instanceof TooLargeError) {
      version = undefined;
      state.failed(error);
      retryAfter = listing ? tooLargePause : 0;
      return failures;
    }
    const answered = error instanceof ApiError || openedAt !== undefined;
    if (!listing && answered && failures >= watchFailuresBeforeList) version = undefined;
    // a broken watch that was open may mean nothing: the next attempt shows whether contact is lost
    if (openedAt === undefined) state.failed(error);
    retryAfter = askedToWait(error);
    return failures;
  };

  const run = async (signal: AbortSignal) => {
    let failures = 0;
    while (!signal.aborted) {
      retryAfter = 0;
      nudge = new AbortController();
      const from = version;
      step = o.liveness?.begin(`following ${resource.plural}`);
      failures = await attempt(failures, signal);
      step?.ended();
      const least = from === undefined || nudge.signal.aborted ? 0 : pause(from);
      const wait =
        failures === 0 ? least : Math.max(least, retryAfter, backoffDelay(failures, backoff, random));
      if (wait > 0) await clock.sleep(wait, AbortSignal.any([signal, nudge.signal]));
    }
  };

  return {
    cache: store,
    get state() {
      return state.current;
    },
    onState: state.onChange,
    beginWrite(key) {
      ownWrites.begin(key);
      return { end: (written) => endWrite(key, written) };
    },
    reconnect: () => nudge.abort(new DeadlineExceeded('the connection may be dead')),
    kind: resource.plural,
    get version() {
      const { newest } = ownWrites;
      return version === undefined || newest === undefined || isOlder(newest, version) ? version : newest;
    },
    look: async (signal) => (await kube.list(resource, { ...selection, limit: 1 }, signal)).resourceVersion,
    relist() {
      rewinds++;
      nudge.abort();
    },
    async run(signal) {
      if (running) throw new Error(`the reflector of ${resource.plural} already runs`);
      running = true;
      await run(signal);
      count(0);
    },
    whenSynced: (signal) => orAborted(synced.promise, signal),
  };
}
