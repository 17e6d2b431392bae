import type { Service } from '../api/objects.js';
import { services } from '../api/resources.js';
import { controllerRef } from '../mirror/metadata.js';
import { decideService } from '../mirror/service.js';
import type { Applier } from '../runtime/apply.js';
import type { Recorder } from '../runtime/events.js';
import { triedAgainAfter, type FamilyBook } from './familybook.js';
import { gather, type Sources } from './gather.js';
import { orphanedServices, slicesOf } from './orphans.js';

/** What the controllers of mirrors use. */
export interface MirrorControllerOptions extends Sources {
  readonly applier: Applier;
  readonly events: Recorder;
  readonly families: FamilyBook;
}

/** Somebody else's object of that name was made this very moment; the cache will show it (ms). */
const lookAgain = 1_000;

/** Writes the local Services, and nothing else. */
export function reconcileService(
  options: MirrorControllerOptions,
): (key: string) => Promise<{ requeueAfter: number } | void> {
  const { applier, caches, events, families } = options;
  return async (key) => {
    for (const orphan of orphanedServices(key, caches)) {
      // the endpoints controller takes the slices first; their going wakes us again
      const isLeaving = orphan.metadata.deletionTimestamp !== undefined;
      if (!isLeaving && slicesOf(orphan, caches).length === 0) await applier.remove(services, orphan);
    }
    // what the others take for refused is tried now and then
    const picture = gather(key, { ...options, families: { absent: () => families.untried() } });
    if (picture === undefined) return;
    const { mirror, local, absentFamilies = [] } = picture.view;
    const decision = decideService(picture);
    switch (decision.kind) {
      case 'keep':
        return absentFamilies.length > 0 ? { requeueAfter: triedAgainAfter } : undefined;
      case 'replace':
        // a Service that works for nobody is no worse than none, and keeps its cluster IP
        if (picture.families?.every((family) => families.absent().includes(family)))
          return { requeueAfter: triedAgainAfter };
        await applier.remove(services, decision.obsolete);
        events.event(mirror, {
          type: 'Normal',
          reason: 'ServiceReplaced',
          message: `Service "${decision.obsolete.metadata.name}" is made anew, since ${decision.because}`,
        });
        return;
      case 'write': {
        try {
          const owner = controllerRef(mirror);
          const result = await applier.own(services, decision.service as Service, local, owner);
          if (result === 'created') families.given(picture.families ?? []);
          return result === 'foreign' ? { requeueAfter: lookAgain } : undefined;
        } catch (error) {
          if (families.refused(error)) return { requeueAfter: triedAgainAfter };
          throw error;
        }
      }
      default:
        decision satisfies never;
    }
  };
}
