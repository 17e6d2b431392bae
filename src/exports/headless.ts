import { keys, sliceController } from '../api/names.js';
import type { EndpointSlice, Pod, Service } from '../api/objects.js';
import { endpointSlices, keyOf, pods, serviceOfSlice } from '../api/resources.js';
import type { Cache } from '../runtime/cache.js';
import type { Clock } from '../runtime/clock.js';
import { createController, type Controller } from '../runtime/controller.js';
import { isNotFound } from '../runtime/errors.js';
import type { KubeClient } from '../runtime/kube.js';
import type { Log } from '../runtime/log.js';
import { createReflector } from '../runtime/reflector/reflector.js';
import { follow } from '../runtime/reflector/following.js';
import { isThatPod, type NamedPod, podsOf, reducePod, reducePodSlice, type ServicePods } from './pods.js';

/** The pods of exported headless Services. */
export interface HeadlessPods {
  /** Says which Services are exported and headless; while there are any, their slices are read. */
  need(services: ReadonlySet<string>): void;
  /** The pods of that Service; undefined while they are not known. */
  of(service: Readonly<Service>): ServicePods | undefined;
  /** Whether all that is needed has been read. */
  readonly settled: boolean;
  /** Calls `fn` when the pods of that Service may have changed, or those of any. */
  onChange(fn: (service: string | undefined) => void): void;
  stop(): void;
}

/** Only slices that Kubernetes makes out of the selectors of headless Services. */
const labelSelector = `${keys.sliceManagedBy}=${sliceController},${keys.headless}`;

/** Pods that are looked up at the same time. */
const atOnce = 8;

/** A Pod as it was when slices of that version named it; undefined: there was none. */
interface LookedUp {
  readonly version: string;
  readonly pod: Readonly<Pod> | undefined;
}

/** What is read while a headless Service is exported. */
interface Following {
  readonly slices: Cache<EndpointSlice>;
  readonly lookups: Controller;
  /** By key of the Service, then of the Pod. */
  readonly found: Map<string, ReadonlyMap<string, LookedUp>>;
  /** Versions of slices for which Pods have to be looked up, by the key of {@link lookupOf}. */
  readonly due: Map<string, string>;
  readonly stop: () => void;
}

const lookupOf = (service: string, pod: string) => `${service} ${pod}`;

/**
 * Reads the slices of headless Services, only while one is exported.
 *
 * @param o.check also look up each Pod, and again when a slice that lists it has changed: a Pod counts only if it is as its
 * slice says, see {@link isThatPod}. Needs the right to get Pods
 */
export function createHeadlessPods(o: {
  readonly kube: KubeClient;
  readonly check: boolean;
  readonly clock: Clock;
  readonly log: Log;
}): HeadlessPods {
  const { kube, check, clock, log } = o;
  const listeners = new Set<(service: string | undefined) => void>();
  let following: Following | undefined;
  let needed: ReadonlySet<string> = new Set();

  const tell = (service: string | undefined) => {
    for (const listener of listeners) listener(service);
  };

  function start(): Following {
    const reflector = createReflector(kube, endpointSlices, {
      ...{ clock, log, labelSelector, transform: reducePodSlice },
      indexes: { service: (slice: Readonly<EndpointSlice>) => [serviceOfSlice(slice)] },
    });
    const found: Following['found'] = new Map();
    const due: Following['due'] = new Map();
    const lookups = createController({
      ...{ name: 'pods', workers: atOnce, clock, log },
      async reconcile(key) {
        const version = due.get(key);
        if (version === undefined) return;
        const [service = '', name = ''] = key.split(' ');
        const pod = await kube.get(pods, name, reading.signal).catch((error: unknown) => {
          if (isNotFound(error)) return undefined;
          throw error;
        });
        // no slice lists it any more
        if (!due.has(key)) return;
        if (due.get(key) === version) due.delete(key);
        const reduced = pod && reducePod(pod);
        found.set(service, new Map([...(found.get(service) ?? []), [name, { version, pod: reduced }]]));
        tell(service);
      },
    });
    reflector.cache.onChange(({ object }) => {
      const service = serviceOfSlice(object);
      if (needed.has(service)) tell(service);
    });
    const reading = follow(reflector, {
      ...{ clock, log, onSynced: () => tell(undefined) },
      unreadable:
        'slices cannot be read, so that no headless Service is exported; grant list and watch of them',
    });
    if (check) void lookups.run(reading.signal);
    return { slices: reflector.cache, lookups, found, due, stop: reading.stop };
  }

  function stop(): void {
    following?.stop();
    following = undefined;
  }

  /** The Pods that are as the slices say; those that have not been looked up since a slice changed are looked up. */
  function checked(
    service: Readonly<Service>,
    all: readonly NamedPod[],
    { found, due, lookups }: Following,
  ): readonly NamedPod[] {
    const key = keyOf(service);
    const before = found.get(key) ?? new Map<string, LookedUp>();
    const kept = new Map<string, LookedUp>();
    for (const { pod, version } of all) {
      const known = before.get(pod);
      if (known !== undefined) kept.set(pod, known);
      const lookup = lookupOf(key, pod);
      if (known?.version === version || due.get(lookup) === version) continue;
      due.set(lookup, version);
      lookups.enqueue(lookup);
    }
    // a Pod that no slice lists is forgotten: one that is listed again is looked up before it counts
    for (const pod of before.keys()) if (!kept.has(pod)) due.delete(lookupOf(key, pod));
    if (kept.size > 0) found.set(key, kept);
    else found.delete(key);
    // until it has been looked up again, what was found before counts
    return all.filter((one) => {
      const pod = kept.get(one.pod)?.pod;
      return pod !== undefined && isThatPod(service, one, pod);
    });
  }

  return {
    need(services) {
      needed = services;
      if (services.size === 0) return stop();
      following ??= start();
      for (const service of following.found.keys())
        if (!services.has(service)) following.found.delete(service);
    },
    of(service) {
      if (following?.slices.synced !== true) return undefined;
      const all = podsOf(service, following.slices.by('service', keyOf(service)));
      return check ? { ...all, named: checked(service, all.named, following) } : all;
    },
    get settled() {
      return needed.size === 0 || (following?.slices.synced === true && following.due.size === 0);
    },
    onChange: (fn) => void listeners.add(fn),
    stop,
  };
}
