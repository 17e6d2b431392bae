import { keys, managedBy } from '../../api/names.js';
import type { EndpointSlice } from '../../api/objects.js';
import { endpointSlices, serviceOfSlice } from '../../api/resources.js';
import { countsAlike, reduceCountedSlice } from '../../exports/countedslice.js';
import type { Cache } from '../../runtime/cache.js';
import type { Clock } from '../../runtime/clock.js';
import type { KubeClient } from '../../runtime/kube.js';
import type { Log } from '../../runtime/log.js';
import { createReflector } from '../../runtime/reflector/reflector.js';
import { follow } from '../../runtime/reflector/following.js';

/** The slices out of which endpoints are counted, read only while somebody needs them. */
export interface CountedSlices {
  /** While it is needed, slices are read. */
  need(needed: boolean): void;
  /** The slices of a Service; undefined while they are not known. */
  of(service: string): readonly Readonly<EndpointSlice>[] | undefined;
  readonly synced: boolean;
  stop(): void;
}

/** All but those of mirrors, which are not exported. */
const labelSelector = `${keys.sliceManagedBy}!=${managedBy}`;

/** Makes it; `changed` is called with the key of a Service whose endpoints differ, or undefined: of all. */
export function createCountedSlices(o: {
  readonly kube: KubeClient;
  readonly clock: Clock;
  readonly log: Log;
  readonly changed: (service: string | undefined) => void;
}): CountedSlices {
  const { kube, clock, log, changed } = o;
  let following: { readonly cache: Cache<EndpointSlice>; readonly stop: () => void } | undefined;

  function start() {
    const reflector = createReflector(kube, endpointSlices, {
      ...{ clock, log, labelSelector, transform: reduceCountedSlice },
      indexes: { service: (slice: Readonly<EndpointSlice>) => [serviceOfSlice(slice)] },
    });
    const { cache } = reflector;
    cache.onChange((change) => {
      const before = change.type === 'updated' ? change.previous : undefined;
      const service = serviceOfSlice(change.object);
      if (before !== undefined && serviceOfSlice(before) !== service) changed(serviceOfSlice(before));
      else if (before !== undefined && countsAlike(before, change.object)) return;
      // before the first list is complete, all is looked at afterwards
      if (cache.synced) changed(service);
    });
    const { stop } = follow(reflector, {
      ...{ clock, log, onSynced: () => changed(undefined) },
      unreadable: 'slices cannot be read, so that peers are told of no service',
    });
    return { cache, stop };
  }

  function stop(): void {
    following?.stop();
    following = undefined;
  }

  return {
    need(needed) {
      if (needed) following ??= start();
      else stop();
    },
    of: (service) => (following?.cache.synced === true ? following.cache.by('service', service) : undefined),
    get synced() {
      return following?.cache.synced === true;
    },
    stop,
  };
}
