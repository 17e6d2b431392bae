import type { EndpointSlice, Service } from '../../api/objects.js';
import { endpointSlices, keyOf, serviceOfSlice } from '../../api/resources.js';
import type { Account } from '../../runtime/budget.js';
import type { Clock } from '../../runtime/clock.js';
import type { KubeClient } from '../../runtime/kube.js';
import type { Log } from '../../runtime/log.js';
import { createPace } from '../../runtime/pace.js';
import { createReflector, type Reflector } from '../../runtime/reflector/reflector.js';
import { outlineSlice, reduceSlice, weigh } from './reduced.js';

/** The dependencies. */
export interface ForeignSlicesOptions {
  readonly labelSelector: string;
  readonly namespace?: string;
  /** The selected Services in the same namespaces. */
  readonly services: Pick<Reflector<Service>, 'cache' | 'whenSynced'>;
  readonly account: Account;
  readonly beforeList: (signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Shortest time between two complete reads because of newly selected Services. */
const rate = { burst: 5, everyMs: 10_000 };

/**
 * How long (ms) the slices of a Service that is no longer selected stay; most often they are deleted together with
 * it.
 */
const forgetAfter = 30_000;

/**
 * Reads the slices that a label selector cannot tell apart, and keeps those of selected Services. Of the others it
 * keeps only their Service's key: when that Service is selected, it reads all again.
 */
export function createForeignSlices(kube: KubeClient, o: ForeignSlicesOptions): Reflector<EndpointSlice> {
  const { services, account, clock } = o;
  const outlines = new WeakSet<object>();
  const pace = createPace(rate, clock);
  /** Ends the wait for the next read. */
  let cancel: (() => void) | undefined;

  const isSelected = (slice: Readonly<EndpointSlice>) =>
    services.cache.get(serviceOfSlice(slice)) !== undefined;
  const isWrong = (slice: Readonly<EndpointSlice>) => outlines.has(slice) === isSelected(slice);

  const reflector = createReflector<EndpointSlice>(kube, endpointSlices, {
    ...{ clock, log: o.log, labelSelector: o.labelSelector },
    ...(o.namespace !== undefined && { namespace: o.namespace }),
    budget: { account, weigh },
    indexes: { service: (slice) => [serviceOfSlice(slice)] },
    async beforeList(signal) {
      await o.beforeList(signal);
      // the selected Services must be known first
      await services.whenSynced(signal);
    },
    transform(slice) {
      if (isSelected(slice)) return reduceSlice(slice);
      const outline = outlineSlice(slice);
      outlines.add(outline);
      return outline;
    },
  });

  function readAgain(ms: number): void {
    cancel?.();
    cancel = clock.after(Math.max(ms, pace.wait('')), () => {
      cancel = undefined;
      if (!reflector.cache.list().some(isWrong)) return;
      pace.spend('');
      reflector.relist();
    });
  }

  services.cache.onChange(({ type, object }) => {
    if (type === 'updated' || !reflector.cache.by('service', keyOf(object)).some(isWrong)) return;
    if (type === 'added') readAgain(0);
    else if (cancel === undefined) readAgain(forgetAfter);
  });
  // a list may begin before a Service is selected, and end after that
  reflector.cache.onChange(({ type, object }) => {
    if (type !== 'deleted' && outlines.has(object) && isSelected(object)) readAgain(0);
  });

  return {
    ...reflector,
    get state() {
      return reflector.state;
    },
    get version() {
      return reflector.version;
    },
    async run(signal) {
      await reflector.run(signal);
      cancel?.();
    },
  };
}
