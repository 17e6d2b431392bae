import type { EndpointSlice, Service } from '../api/objects.js';
import { keyOf, serviceOfSlice } from '../api/resources.js';
import { isHeadless } from '../mirror/source.js';
import { localServiceOf, mirrorOwner, mirrorsWanting, type LocalCaches } from './caches.js';
import { firstRouteLag } from './queues.js';

/** Which mirrors a change of something else concerns, as keys. */
export function createMirrorKeys(caches: LocalCaches) {
  const ofService = (service: Readonly<Service>) => {
    const owner = mirrorOwner(service);
    return [...(owner === undefined ? [] : [owner]), ...mirrorsWanting(caches, keyOf(service))];
  };
  return {
    ofPorts: (ports: readonly number[]) =>
      ports.flatMap((port) => caches.mirrors.by('gatewayPort', String(port)).map(keyOf)),
    ofLink: (link: string) => caches.mirrors.by('link', link).map(keyOf),
    /** The mirror that controls a Service, and those that want its name. */
    ofService,
    /** The mirrors of the Service of a slice; of both Services if it was given from one to another. */
    ofSlice: (slice: Readonly<EndpointSlice>, before?: Readonly<EndpointSlice>) => {
      const names = new Set([slice, ...(before === undefined ? [] : [before])].map(serviceOfSlice));
      return [...names].flatMap((name) => {
        const service = caches.services.get(name);
        return service === undefined ? mirrorsWanting(caches, name) : ofService(service);
      });
    },
    /** The wait of a mirror whose Service has no slice yet for the routes of further egress pods; empty: none. */
    routeLag: (key: string): { readonly afterMs?: number } => {
      const mirror = caches.mirrors.get(key);
      const slices = mirror && caches.slices.by('service', localServiceOf(mirror));
      return slices?.length === 0 ? { afterMs: firstRouteLag } : {};
    },
    /** Whether the endpoints of a mirror depend on their distance. */
    isByDistance: (key: string) => caches.mirrors.get(key)?.spec.trafficDistribution !== undefined,
    /** Whether the mirror of that key has mirrors of its pods, or may need some. */
    hasPods: (key: string) => {
      const mirror = caches.mirrors.get(key);
      const local = mirror && caches.services.get(localServiceOf(mirror));
      return (local !== undefined && isHeadless(local)) || caches.mirrors.by('podsOf', key).length > 0;
    },
  };
}
