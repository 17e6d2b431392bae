import { endpointSlices, keyOf } from '../../api/resources.js';
import { controllerRef } from '../../mirror/metadata.js';
import { decideSlices } from '../../mirror/slices.js';
import { localName } from '../../mirror/view.js';
import { TakenError } from '../../runtime/errors.js';
import { indexOf } from '../caches.js';
import { createLinkerdEndpoints } from './linkerdendpoints.js';
import { removeLeftovers, settled, sooner, withoutMirror } from './leftovers.js';
import { orphanedServices, slicesOf, staleSlices } from './orphans.js';
import type { MirrorControllerOptions } from './services.js';

/** Writes the slices of mirrors, and nothing else. */
export function reconcileEndpoints(
  options: MirrorControllerOptions,
): (key: string) => Promise<{ requeueAfter: number } | void> {
  const { gather, applier, caches, refusals, liveMirrors } = options;
  const removeLinkerds = createLinkerdEndpoints(options);

  async function removeStale(key: string): Promise<{ requeueAfter: number } | undefined> {
    const fed = orphanedServices(key, caches).filter((service) => slicesOf(service, caches).length > 0);
    const orphaned = (await withoutMirror(fed, options)).flatMap((service) => slicesOf(service, caches));
    const mirror = caches.mirrors.get(key);
    const name = mirror && indexOf.localService(mirror.metadata.namespace ?? '', localName(mirror));
    const stale = name === undefined ? [] : staleSlices(name, caches.services.get(name), caches);
    const objects = [...new Set([...orphaned, ...stale])];
    return removeLeftovers(key, { resource: endpointSlices, objects }, options);
  }

  return async (key) => {
    const later = await removeStale(key);
    return sooner(later, await write(key));
  };

  async function write(key: string): Promise<{ requeueAfter: number } | void> {
    const input = gather(key);
    if (input === undefined) return;
    const { mirror, local, slices } = input.view;
    const decision = decideSlices(input);
    if (decision.kind === 'keep' || local === undefined) return refusals.clear(key, 'slices');
    const actual = new Map(slices.map((slice) => [keyOf(slice), slice]));
    const wanted = new Set(decision.slices.map(keyOf));
    const isNew = decision.slices.some((slice) => !actual.has(keyOf(slice)));
    // the cache of mirrors will show that it is gone
    if (isNew && !(await liveMirrors.isThere(mirror))) return;
    const owner = controllerRef(local);
    const surplus = slices.filter((slice) => !wanted.has(keyOf(slice)));
    const outcome = await refusals.attempt({
      ...{ key, part: 'slices', what: `the EndpointSlices of Service "${local.metadata.name}"` },
      wish: decision.slices,
      write: async () => {
        // removals come first: an address that must not serve is worse than a missing one
        const removed = settled(surplus.map((slice) => applier.remove(endpointSlices, slice)));
        await removed.catch(() => undefined);
        const written = await settled(
          decision.slices.map((slice) => applier.own(endpointSlices, slice, actual.get(keyOf(slice)), owner)),
        );
        await removed;
        // the cache has only slices with our label, so only the API server knows of a slice of somebody else with
        // this name
        const taken = decision.slices.filter((_slice, at) => written[at] === 'foreign').map(keyOf);
        if (taken.length > 0)
          throw new TakenError(
            `EndpointSlice ${taken.join(', ')} exists and is not this mirror's; delete it`,
          );
        return written;
      },
    });
    return outcome.kind === 'refused' ? outcome : removeLinkerds(key, input);
  }
}
