import { endpoints, keyOf } from '../../api/resources.js';
import { isAdopted, isMadeByLinkerd } from '../../mirror/adoption.js';
import type { MirrorInput } from '../../mirror/view.js';
import { isNotFound } from '../../runtime/errors.js';
import { removeAll } from './leftovers.js';
import type { MirrorControllerOptions } from './services.js';

/** What is needed for it. */
type Options = Pick<MirrorControllerOptions, 'kube' | 'applier' | 'refusals' | 'mirrorEvents'>;

/**
 * Removes the Endpoints that Linkerd left beside a Service that a mirror has taken over. The controller manager keeps slices of
 * them for as long as they exist (KEP-0752), and these would go on serving beside ours. They stay until ours serve, so that no
 * connection is refused meanwhile.
 */
export function createLinkerdEndpoints({
  kube,
  applier,
  refusals,
  mirrorEvents,
}: Options): (key: string, input: MirrorInput) => Promise<{ requeueAfter: number } | undefined> {
  /** Services, as the cache holds them, that have none any more. */
  const without = new WeakSet<object>();

  return async (key, { view: { mirror, local }, backends }) => {
    if (local === undefined || !isAdopted(local, mirror) || without.has(local)) return undefined;
    const serves = backends.some(
      ({ answer }) => answer?.kind === 'endpoints' && answer.notReady === undefined,
    );
    if (!serves) return undefined;
    const found = await existing(keyOf(local));
    // somebody else's are not touched
    if (found !== undefined && isMadeByLinkerd(found)) {
      const again = await removeAll(
        {
          ...{ key: `${key} endpoints`, what: `Endpoints "${found.metadata.name}"` },
          ...{ resource: endpoints, objects: [found] },
        },
        { applier, refusals },
        (message) => mirrorEvents.refused(mirror, message),
      );
      if (again !== undefined) return again;
    }
    refusals.forget(`${key} endpoints`);
    without.add(local);
    return undefined;
  };

  async function existing(key: string) {
    try {
      return await kube.get(endpoints, key);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }
}
