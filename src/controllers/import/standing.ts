import { importsOfSpec } from '../../api/link.js';
import { hasPlace, isMemberOf } from '../../mirror/federated.js';
import { matches } from '../../runtime/selector.js';
import type { Remotes } from '../link/remotes.js';
import { federatedKey, type LocalCaches } from '../caches.js';
import { keysOf, remoteOf } from './keys.js';

/** What {@link createDeletions} looks at. */
export interface MirrorsStanding {
  /** Keys of all automatic mirrors of a Link that have a Service here, and of the federated ones that name it. */
  readonly all: (link: string) => readonly string[];
  /** Whether there is such a mirror of that key, and its Service in that Link's cluster is known to be gone. */
  readonly isGone: (link: string, key: string) => boolean;
}

/**
 * Reads the caches. A mirror counts when its status names its Service: whoever may write ServiceMirrors can write one
 * that looks automatic, but not its status.
 */
export function standing(
  { mirrors, links }: Pick<LocalCaches, 'mirrors' | 'links'>,
  remotes: Pick<Remotes, 'view'>,
): MirrorsStanding {
  const counting = (index: 'automatic' | 'automaticOf' | 'federated' | 'federatedOf', value: string) =>
    mirrors.by(index, value).filter(({ status }) => status?.service !== undefined);
  const federates = (link: string) => importsOfSpec(links.get(link))?.federated !== undefined;
  return {
    all: (link) => [
      ...keysOf(counting('automatic', link)),
      ...(federates(link) ? counting('federated', link) : [])
        .filter((mirror) => hasPlace(mirror, link))
        .flatMap(federatedKey),
    ],
    isGone(link, key) {
      const { cluster, namespace, name } = remoteOf(key);
      const view = remotes.view(link, namespace, name);
      if (view?.synced !== true) return false;
      const { service } = view;
      if (cluster !== '') return service === undefined && counting('automaticOf', key).length > 0;
      const object = links.get(link);
      if (object === undefined || !federates(link)) return false;
      const isIn = service !== undefined && isMemberOf(service, object, matches);
      return !isIn && counting('federatedOf', key).some((mirror) => hasPlace(mirror, link));
    },
  };
}
