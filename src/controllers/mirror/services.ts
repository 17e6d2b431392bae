import type { Service } from '../../api/objects.js';
import { services } from '../../api/resources.js';
import { whyNotAccepted } from '../../mirror/accept.js';
import { familiesServed } from '../../mirror/backends.js';
import type { Family } from '../../endpoints/family.js';
import { controllerRef } from '../../mirror/metadata.js';
import { decideService } from '../../mirror/service.js';
import type { Backend, MirrorInput } from '../../mirror/view.js';
import type { Applier } from '../../runtime/apply.js';
import type { Clock } from '../../runtime/clock.js';
import type { Recorder } from '../../runtime/events.js';
import type { KubeClient } from '../../runtime/kube.js';
import { matches } from '../../runtime/selector.js';
import type { LocalCaches } from '../caches.js';
import { triedAgainAfter, type FamilyRegistry } from './families.js';
import type { FirstStatuses } from './firststatus.js';
import type { Gather } from './gather.js';
import { removeLeftovers, sooner, withoutMirror } from './leftovers.js';
import { orphanedServices, slicesOf } from './orphans.js';
import type { MirrorEvents } from './mirrorevents.js';
import type { LiveMirrors } from './livemirrors.js';
import type { PortReservations } from './portreservations.js';
import type { Refusals } from '../refusals.js';

/** The dependencies of the controllers of mirrors. */
export interface MirrorControllerOptions {
  readonly kube: Pick<KubeClient, 'get'>;
  readonly gather: Gather;
  readonly caches: LocalCaches;
  readonly ports: PortReservations;
  readonly applier: Applier;
  readonly events: Recorder;
  readonly mirrorEvents: MirrorEvents;
  readonly families: FamilyRegistry;
  readonly refusals: Refusals;
  readonly firsts: FirstStatuses;
  readonly liveMirrors: LiveMirrors;
  readonly clock: Clock;
}

/** The wait (ms) when somebody else has just made an object of that name, until the cache shows it. */
const lookAgain = 1_000;

/** Writes the local Services, and nothing else. */
export function reconcileService(
  options: MirrorControllerOptions,
): (key: string) => Promise<{ requeueAfter: number } | void> {
  const { gather, applier, caches, events, families, refusals, liveMirrors } = options;

  async function removeOrphans(key: string): Promise<{ requeueAfter: number } | undefined> {
    // the endpoints controller removes the slices first, and that wakes this controller again
    const bare = orphanedServices(key, caches).filter(
      (orphan) => orphan.metadata.deletionTimestamp === undefined && slicesOf(orphan, caches).length === 0,
    );
    const objects = await withoutMirror(bare, options);
    return removeLeftovers(key, { resource: services, objects }, options);
  }

  return async (key) => {
    const later = await removeOrphans(key);
    return sooner(later, await write(key));
  };

  async function write(key: string, hasAdopted = false): Promise<{ requeueAfter: number } | void> {
    const gathered = gather(key);
    if (gathered === undefined) return;
    // families that count as refused are tried again from time to time
    const input = trying(gathered, families.untried());
    const { mirror, local, absentFamilies = [] } = input.view;
    const decision = decideService(input);
    switch (decision.kind) {
      case 'keep':
        refusals.clear(key, 'service');
        return absentFamilies.length > 0 ? { requeueAfter: triedAgainAfter } : undefined;
      case 'replace': {
        // a Service that does not work is no worse than none, and keeps its cluster IP
        if (familiesServed(input)?.every((family) => families.absent().includes(family)))
          return { requeueAfter: triedAgainAfter };
        const { obsolete } = decision;
        const outcome = await refusals.attempt({
          ...{ key, part: 'service', what: `the deletion of Service "${obsolete.metadata.name}"` },
          wish: { delete: obsolete.metadata.uid },
          write: async () => (await applier.remove(services, obsolete), []),
        });
        if (outcome.kind === 'refused') return outcome;
        events.event(mirror, {
          type: 'Normal',
          reason: 'ServiceReplaced',
          message: `Service "${obsolete.metadata.name}" is made anew, since ${decision.because}`,
        });
        return;
      }
      case 'adopt': {
        const { local: found, fields } = decision;
        const outcome = await refusals.attempt({
          ...{ key, part: 'service', what: `the adoption of Service "${found.metadata.name}"`, wish: fields },
          write: async () => (await applier.amend(services, found, { ...fields }), []),
        });
        if (outcome.kind === 'refused') return outcome;
        // somebody takes the owner out again at once
        if (hasAdopted) return { requeueAfter: lookAgain };
        events.event(mirror, {
          type: 'Normal',
          reason: 'ServiceAdopted',
          message: `Service "${found.metadata.name}", which Linkerd's service mirror had made, belongs to this mirror now`,
        });
        return write(key, true);
      }
      case 'write': {
        const service = decision.service as Service;
        // the cache of mirrors will show that it is gone
        if (local === undefined && !(await liveMirrors.isThere(mirror))) return;
        const outcome = await refusals.attempt({
          ...{ key, part: 'service', what: `Service "${service.metadata.name}"`, wish: service },
          async write() {
            try {
              const result = await applier.own(services, service, local, controllerRef(mirror));
              if (result === 'created') families.given(familiesServed(input) ?? []);
              return [result];
            } catch (error) {
              if (families.refused(error)) return ['lacking'];
              throw error;
            }
          },
        });
        if (outcome.kind === 'refused') return outcome;
        if (outcome.results.includes('lacking')) return { requeueAfter: triedAgainAfter };
        return outcome.results.includes('foreign') ? { requeueAfter: lookAgain } : undefined;
      }
      default:
        decision satisfies never;
    }
  }
}

/** The same input with only these families as refused. */
function trying({ view, backends }: MirrorInput, absentFamilies: readonly Family[]): MirrorInput {
  if (view.absentFamilies?.length === absentFamilies.length) return { view, backends };
  const again = (backend: Backend): Backend => {
    const { source, families, limits } = backend;
    const fewer = { ...backend.view, absentFamilies };
    const notAccepted = whyNotAccepted({
      ...{ view: fewer, source, matches, families },
      ...(limits !== undefined && { limits }),
    });
    return { ...backend, view: fewer, notAccepted };
  };
  const [first, ...others] = backends;
  return { view: { ...view, absentFamilies }, backends: [again(first), ...others.map(again)] };
}
