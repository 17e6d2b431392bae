import { endpointSlices, keyOf } from '../../api/resources.js';
import { controllerRef } from '../../mirror/metadata.js';
import { decideSlices } from '../../mirror/slices.js';
import { localName } from '../../mirror/view.js';
import { indexOf } from '../caches.js';
import { gather } from './gather.js';
import { orphanedServices, slicesOf, staleSlices } from './orphans.js';
import type { MirrorControllerOptions } from './services.js';

/** Writes the slices of mirrors, and nothing else. */
export function reconcileEndpoints(
  options: MirrorControllerOptions,
): (key: string) => Promise<{ requeueAfter: number } | void> {
  const { applier, caches, refusals } = options;
  return async (key) => {
    const orphaned = orphanedServices(key, caches).flatMap((service) => slicesOf(service, caches));
    await Promise.all(orphaned.map((slice) => applier.remove(endpointSlices, slice)));
    const input = gather(key, options);
    if (input === undefined) return;
    const { mirror, local, slices } = input.view;
    const name = indexOf.localService(mirror.metadata.namespace ?? '', localName(mirror));
    const stale = staleSlices(name, local, caches);
    await Promise.all(stale.map((slice) => applier.remove(endpointSlices, slice)));
    const decision = decideSlices(input);
    if (decision.kind === 'keep' || local === undefined) return refusals.clear(key, 'slices');
    const actual = new Map(slices.map((slice) => [keyOf(slice), slice]));
    const wanted = new Set(decision.slices.map(keyOf));
    const owner = controllerRef(local);
    const surplus = slices.filter((slice) => !wanted.has(keyOf(slice)));
    const outcome = await refusals.attempt({
      ...{ key, part: 'slices', what: `the EndpointSlices of Service "${local.metadata.name}"` },
      wish: decision.slices,
      write: async () => {
        // what has to go goes first: an address that may not serve is worse than one that is missing
        await all(surplus.map((slice) => applier.remove(endpointSlices, slice)));
        return all(
          decision.slices.map((slice) => applier.own(endpointSlices, slice, actual.get(keyOf(slice)), owner)),
        );
      },
    });
    return outcome.kind === 'refused' ? outcome : undefined;
  };
}

/** Waits for all, so that one that is refused keeps no other from being written. */
async function all<T>(writes: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(writes);
  return Promise.all(writes);
}
