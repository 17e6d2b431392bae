import { keys, managedBy } from '../../../src/api/names.js';
import type { Pod } from '../../../src/api/objects.js';
import { endpointSlices, pods } from '../../../src/api/resources.js';
import type { Change } from '../../../src/runtime/cache.js';
import { systemClock as clock } from '../../../src/runtime/clock.js';
import { silent as log } from '../../../src/runtime/log.js';
import { createReflector } from '../../../src/runtime/reflector/reflector.js';
import { ownNamespace, type ClusterDriver } from '../../driver/cluster.js';

/** How one egress pod went, as the API server's watches told it; times in milliseconds since the watch began. */
export interface Departure {
  readonly pod: string;
  readonly address: string;
  /** It was told to stop, or was gone at once. */
  readonly told: number;
  /** The last slice has let go of its address. */
  left?: number;
  /** The pod is no more. */
  ended?: number;
}

/** What is seen of egress pods and mirrors' slices from now on. */
export interface Departures {
  /** Pods that were told to stop, in that order. */
  readonly seen: readonly Departure[];
  /** Writes of slices so far. */
  writes(): number;
  /** Milliseconds since the watch began, as in departures. */
  now(): number;
  /** Slices that hold an address of a pod that runs, by that address. */
  listed(): ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

/** Follows the egress pods of a cluster, and in which slices their addresses stand. */
export async function followDepartures({ kube }: ClusterDriver): Promise<Departures> {
  const ended = new AbortController();
  const common = { clock, log };
  const gateways = createReflector<Pod>(kube, pods, {
    ...{ namespace: ownNamespace, labelSelector: 'app.kubernetes.io/component=egress' },
    ...common,
  });
  const slices = createReflector(kube, endpointSlices, {
    labelSelector: `${keys.managedBy}=${managedBy}`,
    indexes: { address: ({ endpoints = [] }) => (endpoints ?? []).flatMap(({ addresses }) => addresses) },
    ...common,
  });
  const running = Promise.all([gateways.run(ended.signal), slices.run(ended.signal)]);
  await Promise.all([gateways.whenSynced(), slices.whenSynced()]);

  const began = clock.monotonic();
  const now = () => clock.monotonic() - began;
  const seen: Departure[] = [];
  let writes = 0;
  const holding = (address: string) => slices.cache.by('address', address).length;

  function look(): void {
    for (const departure of seen)
      if (departure.left === undefined && holding(departure.address) === 0) departure.left = now();
  }

  gateways.cache.onChange((change: Change<Pod>) => {
    const { metadata, status } = change.object;
    const gone = change.type === 'deleted';
    if (!gone && metadata.deletionTimestamp === undefined) return;
    let departure = seen.find(({ pod }) => pod === metadata.name);
    if (departure === undefined) {
      departure = { pod: metadata.name, address: status?.podIP ?? '', told: now() };
      seen.push(departure);
    }
    if (gone) departure.ended = now();
    look();
  });
  slices.cache.onChange(() => {
    writes += 1;
    look();
  });

  return {
    seen,
    now,
    writes: () => writes,
    listed: () =>
      new Map(
        gateways.cache
          .list()
          .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
          .map(({ status }) => [status?.podIP ?? '', holding(status?.podIP ?? '')]),
      ),
    async stop() {
      ended.abort();
      await running;
    },
  };
}
