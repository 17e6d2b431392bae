import { keyOf, serviceMirrors } from '../../api/resources.js';
import type { ServiceMirror } from '../../api/servicemirror.js';
import { isNotFound } from '../../runtime/errors.js';
import type { KubeClient } from '../../runtime/kube.js';

/**
 * Whether mirrors are still there. When a mirror goes, what was made for it goes, too: by another replica, or by the
 * garbage collector. If the cache of mirrors lags behind those of Services and slices, they seem to be missing, and
 * nobody would remove again what is made anew.
 */
export interface LiveMirrors {
  /** Something that was made for the mirror of that key is gone. */
  suspect(key: string): void;
  /**
   * Whether that very mirror is there, to be asked before something is made for it. Only for one that is suspect the API
   * server is asked. @throws the errors of the API client
   */
  isThere(mirror: Readonly<ServiceMirror>): Promise<boolean>;
  /** Forgets the mirror of that key, which is gone. */
  forget(key: string): void;
}

/** Suspects no mirror at first. */
export function createLiveMirrors(kube: Pick<KubeClient, 'get'>): LiveMirrors {
  const suspects = new Set<string>();

  async function ask(mirror: Readonly<ServiceMirror>): Promise<boolean> {
    try {
      return (await kube.get(serviceMirrors, keyOf(mirror))).metadata.uid === mirror.metadata.uid;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  return {
    suspect: (key) => void suspects.add(key),
    async isThere(mirror) {
      const key = keyOf(mirror);
      // what goes while the answer is on its way makes the mirror suspect again
      while (suspects.delete(key)) {
        const isThere = await ask(mirror).catch((error: unknown) => {
          suspects.add(key);
          throw error;
        });
        if (isThere) continue;
        suspects.add(key);
        return false;
      }
      return true;
    },
    forget: (key) => void suspects.delete(key),
  };
}
