import type { Service } from '../api/objects.js';
import { services } from '../api/resources.js';
import { controllerRef } from '../mirror/metadata.js';
import { decideService } from '../mirror/service.js';
import { isHeadless } from '../mirror/source.js';
import type { Applier } from '../runtime/apply.js';
import type { Recorder } from '../runtime/events.js';
import { gather, type Sources } from './gather.js';
import { orphanedServices, slicesOf } from './orphans.js';

/** What the controllers of mirrors use. */
export interface MirrorControllerOptions extends Sources {
  readonly applier: Applier;
  readonly events: Recorder;
}

/** Somebody else's object of that name was made this very moment; the cache will show it (ms). */
const lookAgain = 1_000;

/** Writes the local Services, and nothing else. */
export function reconcileService(
  options: MirrorControllerOptions,
): (key: string) => Promise<{ requeueAfter: number } | void> {
  const { applier, caches, events } = options;
  return async (key) => {
    for (const orphan of orphanedServices(key, caches)) {
      // the endpoints controller takes the slices first; their going wakes us again
      const isLeaving = orphan.metadata.deletionTimestamp !== undefined;
      if (!isLeaving && slicesOf(orphan, caches).length === 0) await applier.remove(services, orphan);
    }
    const picture = gather(key, options);
    if (picture === undefined) return;
    const { mirror, local } = picture.view;
    const decision = decideService(picture);
    switch (decision.kind) {
      case 'keep':
        return;
      case 'replace':
        await applier.remove(services, decision.obsolete);
        events.event(mirror, {
          type: 'Normal',
          reason: 'ServiceReplaced',
          message: `Service "${decision.obsolete.metadata.name}" is made anew, since the remote service ${isHeadless(decision.obsolete) ? 'has a cluster IP now' : 'is headless now'}`,
        });
        return;
      case 'write': {
        const result = await applier.own(services, decision.service as Service, local, controllerRef(mirror));
        return result === 'foreign' ? { requeueAfter: lookAgain } : undefined;
      }
      default:
        decision satisfies never;
    }
  };
}
