import type { Remotes } from '../link/remotes.js';
import type { LocalCaches } from '../caches.js';
import { keysOf, remoteOf } from './keys.js';

/** What {@link createDeletions} looks at. */
export interface MirrorsStanding {
  /** Keys of all automatic mirrors of a Link that have a Service here. */
  readonly all: (link: string) => readonly string[];
  /** Whether there is such a mirror of that key, and its Service is known to be gone. */
  readonly isGone: (key: string) => boolean;
}

/**
 * Reads the caches. A mirror counts when its status names its Service: whoever may write ServiceMirrors can write one
 * that looks automatic, but not its status.
 */
export function standing(
  { mirrors }: Pick<LocalCaches, 'mirrors'>,
  remotes: Pick<Remotes, 'view'>,
): MirrorsStanding {
  const counting = (index: 'automatic' | 'automaticOf', value: string) =>
    mirrors.by(index, value).filter(({ status }) => status?.service !== undefined);
  return {
    all: (link) => keysOf(counting('automatic', link)),
    isGone(key) {
      if (counting('automaticOf', key).length === 0) return false;
      const { cluster, namespace, name } = remoteOf(key);
      const view = remotes.view(cluster, namespace, name);
      return view?.synced === true && view.service === undefined;
    },
  };
}
