import { importsOfSpec } from '../../api/link.js';
import { links } from '../../api/resources.js';
import type { Clock } from '../../runtime/clock.js';
import { isNotFound } from '../../runtime/errors.js';
import type { KubeClient } from '../../runtime/kube.js';

/** A Link as the API server has it now. */
export interface LiveLink {
  readonly uid: string | undefined;
  readonly automatic: boolean;
  readonly federated: boolean;
}

/** Links as the API server has them now: a cache may lag behind that of mirrors, or have gone back to a backup. */
export interface LiveLinks {
  /** Undefined: there is no such Link. The answer may be a second old. @throws the errors of the API client */
  get(name: string): Promise<LiveLink | undefined>;
}

/** An answer serves for so long (ms): when a Link goes, many mirrors ask for it. */
const fresh = 1_000;

/** Asks when it is asked. */
export function createLiveLinks(o: { kube: Pick<KubeClient, 'get'>; clock: Clock }): LiveLinks {
  const asked = new Map<string, { readonly at: number; readonly answer: Promise<LiveLink | undefined> }>();
  const ask = async (name: string) => {
    try {
      const link = await o.kube.get(links, name);
      const { automatic = false, federated } = importsOfSpec(link) ?? {};
      return { uid: link.metadata.uid, automatic, federated: federated !== undefined };
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  };
  return {
    async get(name) {
      const now = o.clock.monotonic();
      for (const [one, { at }] of asked) if (now - at >= fresh) asked.delete(one);
      const answer = asked.get(name)?.answer ?? ask(name);
      if (!asked.has(name)) asked.set(name, { at: now, answer });
      try {
        return await answer;
      } catch (error) {
        asked.delete(name);
        throw error;
      }
    },
  };
}
