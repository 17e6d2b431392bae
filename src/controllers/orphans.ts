import type { EndpointSlice, Service } from '../api/objects.js';
import { keyOf } from '../api/resources.js';
import { isOwned } from '../mirror/source.js';
import type { LocalCaches } from './world.js';

/**
 * Services of a mirror key whose mirror is gone, was made anew under the same name, or wants another name by now.
 * Ownership is the UID; a label never makes an orphan.
 */
export function orphanedServices(key: string, caches: LocalCaches): Readonly<Service>[] {
  const live = caches.mirrors.get(key)?.metadata.uid;
  return caches.services.by('owner', key).filter((service) => ownerUid(service) !== live);
}

/** The slices that we wrote for that Service. */
export function slicesOf(service: Readonly<Service>, caches: LocalCaches): Readonly<EndpointSlice>[] {
  return caches.slices.by('service', keyOf(service)).filter((slice) => isOwned(slice, service));
}

function ownerUid(service: Readonly<Service>): string | undefined {
  return service.metadata.ownerReferences?.find((ref) => ref.controller === true)?.uid;
}
