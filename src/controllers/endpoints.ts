import { endpointSlices, keyOf } from '../api/resources.js';
import { controllerRef } from '../mirror/metadata.js';
import { decideSlices } from '../mirror/slices.js';
import { localName } from '../mirror/view.js';
import { gather } from './gather.js';
import { orphanedServices, slicesOf, staleSlices } from './orphans.js';
import type { MirrorControllerOptions } from './services.js';
import { indexOf } from './world.js';

/** Writes the slices of mirrors, and nothing else. */
export function reconcileEndpoints(options: MirrorControllerOptions): (key: string) => Promise<void> {
  const { applier, caches } = options;
  return async (key) => {
    const orphaned = orphanedServices(key, caches).flatMap((service) => slicesOf(service, caches));
    await Promise.all(orphaned.map((slice) => applier.remove(endpointSlices, slice)));
    const picture = gather(key, options);
    if (picture === undefined) return;
    const { mirror, local, slices } = picture.view;
    const name = indexOf.localService(mirror.metadata.namespace ?? '', localName(mirror));
    const stale = staleSlices(name, local, caches);
    await Promise.all(stale.map((slice) => applier.remove(endpointSlices, slice)));
    const decision = decideSlices(picture);
    if (decision.kind === 'keep' || local === undefined) return;
    const actual = new Map(slices.map((slice) => [keyOf(slice), slice]));
    const wanted = new Set(decision.slices.map(keyOf));
    const owner = controllerRef(local);
    // what has to go goes first: an address that may not serve is worse than one that is missing
    const surplus = slices.filter((slice) => !wanted.has(keyOf(slice)));
    await Promise.all(surplus.map((slice) => applier.remove(endpointSlices, slice)));
    await Promise.all(
      decision.slices.map((slice) => applier.own(endpointSlices, slice, actual.get(keyOf(slice)), owner)),
    );
  };
}
