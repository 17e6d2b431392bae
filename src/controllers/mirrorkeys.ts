import type { Service } from '../api/objects.js';
import { keyOf } from '../api/resources.js';
import { isHeadless } from '../mirror/source.js';
import { localServiceOf, mirrorOwner, mirrorsWanting, type LocalCaches } from './caches.js';

/** Which mirrors a change of something else concerns, as keys. */
export function createMirrorKeys(caches: LocalCaches) {
  return {
    ofPorts: (ports: readonly number[]) =>
      ports.flatMap((port) => caches.mirrors.by('gatewayPort', String(port)).map(keyOf)),
    ofLink: (link: string) => caches.mirrors.by('link', link).map(keyOf),
    /** The mirror that controls a Service, and those that want its name. */
    ofService: (service: Readonly<Service>) => {
      const owner = mirrorOwner(service);
      return [...(owner === undefined ? [] : [owner]), ...mirrorsWanting(caches, keyOf(service))];
    },
    /** Whether the mirror of that key has mirrors of its pods, or may need some. */
    hasPods: (key: string) => {
      const mirror = caches.mirrors.get(key);
      const local = mirror && caches.services.get(localServiceOf(mirror));
      return (local !== undefined && isHeadless(local)) || caches.mirrors.by('podsOf', key).length > 0;
    },
  };
}
