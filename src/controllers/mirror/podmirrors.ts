import { keyOf } from '../../api/resources.js';
import { hostnameOf, hostnamesOf, podMirrorName } from '../../mirror/pods.js';
import { isOwned } from '../../mirror/source.js';
import { localName, type BackendView, type PodMirror } from '../../mirror/view.js';
import { indexOf, type LocalCaches } from '../caches.js';

/** The mirrors of a headless mirror's pods: those that it needs, and those that it has made, in the order of their names. */
export function readPods(
  { mirror, remote }: Pick<BackendView, 'mirror' | 'remote'>,
  caches: Pick<LocalCaches, 'mirrors' | 'services'>,
): readonly PodMirror[] {
  const namespace = mirror.metadata.namespace ?? '';
  const { names } = hostnamesOf(remote?.slices ?? []);
  const made = caches.mirrors.by('podsOf', keyOf(mirror)).filter((one) => isOwned(one, mirror));
  const kept = made.flatMap((one) => hostnameOf(one, mirror) ?? []);
  const there = new Set(names);
  return [...new Set([...names, ...kept])].toSorted().map((hostname) => {
    const name = podMirrorName(mirror, hostname);
    const found = caches.mirrors.get(indexOf.localService(namespace, name));
    const own = found !== undefined && isOwned(found, mirror) ? found : undefined;
    const service = own && caches.services.get(indexOf.localService(namespace, localName(own)));
    return {
      ...{ hostname, name, isThere: there.has(hostname) },
      isTaken: found !== undefined && own === undefined,
      ...(own !== undefined && { mirror: own }),
      ...(own !== undefined && service !== undefined && isOwned(service, own) && { service }),
    };
  });
}
