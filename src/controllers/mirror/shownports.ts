import { backendsOfSpec } from '../../api/backends.js';
import { serviceOfSlice } from '../../api/resources.js';
import { portBounds } from '../../transport/shares.js';
import { mirrorOwner, type LocalCaches } from '../caches.js';
import { isMirrored } from './orphans.js';

/**
 * The egress ports that our slices still show. Anybody who may write slices may make one look like ours. So the
 * slices of one Service, and of one namespace, count for no more ports than these may have.
 */
export function portsInSlices(caches: LocalCaches): Set<number> {
  const shown = new Set<number>();
  const counts = new Map<string, number>();
  for (const slice of caches.slices.list()) {
    if (!isMirrored(slice, caches) || !leadsToEgress(serviceOfSlice(slice), caches)) continue;
    const service = `service ${serviceOfSlice(slice)}`;
    const namespace = `namespace ${slice.metadata.namespace}`;
    for (const { port } of slice.ports ?? []) {
      if (typeof port !== 'number' || shown.has(port)) continue;
      const [ofService, ofNamespace] = [counts.get(service) ?? 0, counts.get(namespace) ?? 0];
      if (ofService >= portBounds.mirror || ofNamespace >= portBounds.namespace) continue;
      counts.set(service, ofService + 1);
      counts.set(namespace, ofNamespace + 1);
      shown.add(port);
    }
  }
  return shown;
}

/** Over other transports slices show ports of remote pods, which may have any number. */
function leadsToEgress(key: string, caches: LocalCaches): boolean {
  const service = caches.services.get(key);
  const mirror = service === undefined ? undefined : caches.mirrors.get(mirrorOwner(service) ?? '');
  // if the mirror or its Link is gone, the meaning of its slices' ports is not known
  const links =
    mirror === undefined ? [] : backendsOfSpec(mirror).map(({ cluster }) => caches.links.get(cluster));
  return links.length === 0 || links.some((link) => link === undefined || link.spec.transport === 'gateway');
}
