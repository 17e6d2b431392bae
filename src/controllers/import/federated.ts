import { isDeepStrictEqual } from 'node:util';
import { localCluster } from '../../api/backends.js';
import { importsOfSpec } from '../../api/link.js';
import { keyOf, serviceMirrors } from '../../api/resources.js';
import type { ServiceMirror } from '../../api/servicemirror.js';
import {
  decideFederated,
  federatedName,
  hasPlace,
  type Candidate,
  type LeftOut,
} from '../../mirror/federated.js';
import { isApplied } from '../../runtime/managed.js';
import { createPace } from '../../runtime/pace.js';
import { indexOf } from '../caches.js';
import { removeAll, sooner, type Again } from '../mirror/leftovers.js';
import type { AutomaticOptions } from './automatic.js';
import { release } from './handwritten.js';
import { remoteOf } from './keys.js';
import { createMembers, type FederatedPlace, type MembersOptions } from './members.js';
import { restless, roomAgain } from './unmade.js';

/** The dependencies: those of automatic mirrors. */
export type FederatedOptions = MembersOptions &
  Pick<AutomaticOptions, 'live' | 'applier' | 'refusals' | 'clock'>;

/** The wait (ms) until a cache shows what the API server has said. */
const lookAgain = 1_000;

/** So long (ms) after a start a new mirror waits for clusters that are being read: each would be one more write of it. */
const startPatience = 10_000;

type Mirror = Readonly<ServiceMirror>;

/**
 * Writes the ServiceMirrors that stand for the Services of one name in all clusters whose Links federate, and in this
 * one. A key is `|namespace/name`: no Link has more to do with it than another.
 */
export function reconcileFederated(options: FederatedOptions): (key: string) => Promise<Again> {
  const { caches, live, refusals, deletions, clock } = options;
  const startedAt = clock.monotonic();
  const members = createMembers(options);
  const pace = createPace(restless, clock);

  return async (key) => {
    const { namespace: namespaceName, name: service } = remoteOf(key);
    const name = indexOf.localService(namespaceName, federatedName(service));
    const [marked] = caches.mirrors.by('federatedOf', key);
    // what is being deleted already is nobody's concern; another change follows
    if (marked?.metadata.deletionTimestamp !== undefined) return undefined;
    const isTheirs = marked !== undefined && isApplied(marked);
    if (isTheirs) await release(marked, options);
    const own = isTheirs ? undefined : marked;
    const existing = caches.mirrors.get(name);
    const wanting = [...(existing === undefined ? [] : [existing]), ...caches.mirrors.by('local', name)];
    const namespace = caches.namespaces.get(namespaceName);
    const { candidates, again, isReading } = members.read(key, own);
    if (own === undefined && isReading && clock.monotonic() - startedAt < startPatience)
      return { requeueAfter: lookAgain };
    const decision = decideFederated({
      ...{ namespaceName, service, candidates },
      isTaken: wanting.some((one) => one !== own),
      ...(namespace !== undefined && { namespace }),
      ...(own !== undefined && { own }),
    });
    const place = { key, namespace: namespaceName, name };
    if (decision.kind === 'none') {
      members.none(place, candidates, decision.why);
      const room = decision.why === 'TooMany' ? { requeueAfter: roomAgain } : undefined;
      if (own !== undefined) return sooner(again, room, await remove(key, own));
      refusals.forget(key);
      return sooner(again, room);
    }
    return sooner(again, await write(place, { ...decision, own, candidates }));
  };

  async function write(place: FederatedPlace, wanted: Wanted): Promise<Again> {
    const { mirror, own, candidates, without } = wanted;
    const { key } = place;
    const wait = own === undefined ? pace.wait(key) : 0;
    if (wait > 0) {
      members.none(place, candidates, 'Flapping');
      return { requeueAfter: wait };
    }
    const outcome = await refusals.attempt({
      ...{ key, part: 'mirror', what: `ServiceMirror "${keyOf(mirror)}"`, wish: mirror },
      write: async () => [await options.applier.own(serviceMirrors, mirror, own, 'self')],
    });
    if (outcome.kind === 'refused') {
      members.note(place, candidates, () => (own === undefined ? 'WriteRefused' : undefined));
      if (outcome.fresh) members.refused(candidates, outcome.message);
      return { requeueAfter: outcome.requeueAfter };
    }
    if (outcome.results.includes('foreign')) {
      members.none(place, candidates, 'NameConflict');
      return { requeueAfter: lookAgain };
    }
    members.made(place, candidates, without);
    forgetPlaces(key, own, mirror);
    if (own === undefined) pace.spend(key);
    else if (isEdited(own, mirror)) tellOfUndone(own);
    return without.some(({ why }) => why === 'TooMany') ? { requeueAfter: roomAgain } : undefined;
  }

  /** Those that the mirror names no more are gone. */
  function forgetPlaces(key: string, own: Mirror | undefined, now: Mirror | undefined): void {
    for (const { name } of own?.spec.clusters ?? [])
      if (now === undefined || !hasPlace(now, name)) deletions.removed(name, key);
  }

  /** Removes a mirror without members, if the API server has its Links as the caches have them: these may lag. */
  async function remove(key: string, own: Mirror): Promise<Again> {
    for (const { name } of own.spec.clusters ?? []) {
      if (name === localCluster || importsOfSpec(caches.links.get(name))?.federated !== undefined) continue;
      const link = await live.get(name);
      if (link?.federated === true) return { requeueAfter: lookAgain };
    }
    forgetPlaces(key, own, undefined);
    return removeAll(
      { key, what: `ServiceMirror "${keyOf(own)}"`, resource: serviceMirrors, objects: [own] },
      options,
      (message) =>
        options.events.event(own, { type: 'Warning', reason: 'WriteRefused', message, apart: true }),
    );
  }

  function tellOfUndone(own: Mirror): void {
    options.events.event(own, {
      ...{ type: 'Warning', reason: 'Undone' },
      message:
        'this federated mirror follows the Services of its name, and a change of its spec was undone; to have it as you like, apply a manifest of it (kubectl apply): then it is yours',
    });
  }
}

/** Whether somebody has changed more than the list of clusters, which changes as they come and go. */
function isEdited(own: Mirror, { spec }: ServiceMirror): boolean {
  const places = own.spec.clusters?.some(({ priority, weight = 0 }) => priority !== undefined || weight > 0);
  return places === true || !isDeepStrictEqual(own.spec.service, spec.service);
}

interface Wanted {
  readonly mirror: ServiceMirror;
  readonly own: Mirror | undefined;
  readonly candidates: readonly Candidate[];
  readonly without: readonly LeftOut[];
}
