import { controllingMirror } from '../../api/owner.js';
import { serviceMirrors } from '../../api/resources.js';
import type { ServiceMirror } from '../../api/servicemirror.js';
import { controllerRef } from '../../mirror/metadata.js';
import { decidePods, podPatience } from '../../mirror/pods.js';
import { createPace } from '../../runtime/pace.js';
import { removeLeftovers, settled, sooner, withoutMirror, type Again } from './leftovers.js';
import type { MirrorControllerOptions } from './services.js';

/** How many mirrors of pods one mirror makes: all of a large StatefulSet at once, and then few, whatever names come. */
const rate = { burst: 300, everyMs: 1_000 };

/** The wait (ms) until a name that is taken is looked at again. */
const takenAgain = 5_000;

/**
 * Writes the ServiceMirrors of the pods of headless mirrors, and nothing else: ordinary mirrors, which the headless one
 * owns. A key is that of a headless mirror.
 */
export function reconcilePods(options: MirrorControllerOptions): (key: string) => Promise<Again> {
  const { caches, gather, applier, refusals, mirrorEvents, liveMirrors, clock } = options;
  const pace = createPace(rate, clock);
  /** Since when (monotonic ms) the host names of mirrors are gone, by the key of their parent. */
  const gone = new Map<string, ReadonlyMap<string, number>>();

  return async (key) => {
    const all = caches.mirrors
      .by('podsOf', key)
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const input = gather(key);
    const uid = input?.view.mirror.metadata.uid;
    const made = all.filter((mirror) => controllingMirror(mirror)?.uid === uid);
    const orphaned = await withoutMirror(
      all.filter((mirror) => !made.includes(mirror)),
      options,
    );
    if (input === undefined) {
      gone.delete(key);
      return remove(key, orphaned);
    }
    const now = clock.monotonic();
    const before = gone.get(key);
    const decision = decidePods(input.backends[0], made, (name) => now - (before?.get(name) ?? now));
    if (decision.kind === 'keep') return remove(key, orphaned);
    const waiting = new Map(decision.waiting.map((name) => [name, before?.get(name) ?? now]));
    if (waiting.size > 0) gone.set(key, waiting);
    else gone.delete(key);
    const next = Math.min(...[...waiting.values()].map((since) => since + podPatience - now));
    const written = await write(key, input.view.mirror, decision.mirrors);
    return sooner(
      written,
      await remove(key, [...orphaned, ...decision.surplus]),
      waiting.size > 0 ? { requeueAfter: next } : undefined,
      // the cache of mirrors shows when such a name is free, and wakes nobody
      input.backends[0].view.pods?.some(({ isTaken }) => isTaken) ? { requeueAfter: takenAgain } : undefined,
    );
  };

  function remove(key: string, objects: readonly Readonly<ServiceMirror>[]): Promise<Again> {
    return removeLeftovers(key, { resource: serviceMirrors, objects }, options);
  }

  async function write(
    key: string,
    parent: Readonly<ServiceMirror>,
    mirrors: readonly { readonly wish: ServiceMirror; readonly present?: Readonly<ServiceMirror> }[],
  ): Promise<Again> {
    const isNew = mirrors.some(({ present }) => present === undefined);
    // the cache of mirrors will show that the parent is gone
    if (isNew && !(await liveMirrors.isThere(parent))) return undefined;
    const [wanted, late]: [(typeof mirrors)[number][], Again[]] = [[], []];
    for (const one of mirrors) {
      const wait = one.present === undefined ? pace.wait(key) : 0;
      if (wait > 0) late.push({ requeueAfter: wait });
      else wanted.push(one);
      if (one.present === undefined && wait === 0) pace.spend(key);
    }
    const names = wanted.map(({ wish }) => `"${wish.metadata.name}"`);
    const outcome = await refusals.attempt({
      ...{ key, part: 'pods', what: `a ServiceMirror of ${names.slice(0, 3).join(', ')}` },
      wish: wanted.map(({ wish }) => wish),
      write: () =>
        settled(
          wanted.map(({ wish, present }) =>
            applier.own(serviceMirrors, wish, present, controllerRef(parent)),
          ),
        ),
    });
    if (outcome.kind === 'refused') {
      if (outcome.fresh) mirrorEvents.refused(parent, outcome.message);
      return sooner(outcome, ...late);
    }
    // somebody else has just made one of that name
    return sooner(outcome.results.includes('foreign') ? { requeueAfter: takenAgain } : undefined, ...late);
  }
}
