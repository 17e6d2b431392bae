import type { EndpointSlice, Service } from '../../api/objects.js';
import { keyOf, serviceOfSlice } from '../../api/resources.js';
import { isOwned } from '../../mirror/source.js';
import { mirrorOwner, type LocalCaches } from '../caches.js';

/**
 * Services of a mirror key whose mirror is gone, or was made again under the same name. Ownership is the UID; a label
 * never makes an orphan.
 */
export function orphanedServices(key: string, caches: LocalCaches): Readonly<Service>[] {
  const live = caches.mirrors.get(key)?.metadata.uid;
  return caches.services.by('owner', key).filter((service) => ownerUid(service) !== live);
}

/** The slices that we wrote for that Service. */
export function slicesOf(service: Readonly<Service>, caches: LocalCaches): Readonly<EndpointSlice>[] {
  return caches.slices.by('service', keyOf(service)).filter((slice) => isOwned(slice, service));
}

/**
 * Whether we wrote that slice: its Service controls it, and a ServiceMirror controls that Service. Our label alone
 * proves nothing, because anybody who may write slices may write it.
 */
export function isMirrored(slice: Readonly<EndpointSlice>, caches: LocalCaches): boolean {
  const service = caches.services.get(serviceOfSlice(slice));
  return service !== undefined && isOwned(slice, service) && mirrorOwner(service) !== undefined;
}

/**
 * Slices that we wrote for an earlier Service of that name: the present Service would use them, and its own slices
 * need their names.
 */
export function staleSlices(
  key: string,
  service: Readonly<Service> | undefined,
  caches: LocalCaches,
): Readonly<EndpointSlice>[] {
  return caches.slices.by('service', key).filter(({ metadata }) =>
    metadata.ownerReferences?.some(
      (ref) =>
        ref.controller === true &&
        ref.kind === 'Service' &&
        // a slice that another Service controls belongs to somebody else, whatever its labels say
        key.endsWith(`/${ref.name}`) &&
        ref.uid !== service?.metadata.uid,
    ),
  );
}

function ownerUid(service: Readonly<Service>): string | undefined {
  return service.metadata.ownerReferences?.find((ref) => ref.controller === true)?.uid;
}
