import type { EndpointSlice, KubeObject, ObjectMeta, Service } from '../../api/objects.js';
import { keyOf, serviceMirrors, type Resource } from '../../api/resources.js';
import type { ServiceMirror } from '../../api/servicemirror.js';
import type { Applier } from '../../runtime/apply.js';
import { isNotFound } from '../../runtime/errors.js';
import type { KubeClient } from '../../runtime/kube.js';
import { controllerOf } from '../../runtime/ownership.js';
import type { LocalCaches } from '../caches.js';
import type { Refusals } from '../refusals.js';
import type { MirrorEvents } from './mirrorevents.js';

/** The dependencies. */
export interface LeftoverOptions {
  readonly caches: Pick<LocalCaches, 'mirrors'>;
  /** Asks the API server whether a mirror is really gone. */
  readonly kube: Pick<KubeClient, 'get'>;
  readonly applier: Pick<Applier, 'remove'>;
  readonly mirrorEvents: Pick<MirrorEvents, 'refused'>;
  readonly refusals: Refusals;
}

/**
 * Removes what earlier mirrors of a key have left behind. If our own API server refuses a deletion, an Event says so,
 * it is tried again later, and all other work of that key goes on. Other failures are thrown.
 *
 * @returns when to try again
 */
export async function removeLeftovers<T extends Service | EndpointSlice | ServiceMirror>(
  key: string,
  { resource, objects }: { resource: Resource<T>; objects: readonly Readonly<T>[] },
  { caches, applier, mirrorEvents, refusals }: LeftoverOptions,
): Promise<{ requeueAfter: number } | undefined> {
  // the present mirror of that key, if there is one, keeps its own refusals elsewhere
  const about = `${key} ${resource.plural}`;
  const [first] = objects;
  if (first === undefined) {
    refusals.forget(about);
    return undefined;
  }
  const names = objects.map(({ metadata }) => `"${metadata.name}"`).join(', ');
  const again = await removeAll(
    { key: about, what: `${resource.kind} ${names}`, resource, objects },
    { applier, refusals },
    (message) => mirrorEvents.refused(caches.mirrors.get(key) ?? first, message),
  );
  if (again === undefined) refusals.forget(about);
  return again;
}

/** Objects of ours that are to go. */
export interface Removal<T extends KubeObject> {
  /** Under which a refusal is remembered. */
  readonly key: string;
  /** Their kind and names, for people. */
  readonly what: string;
  readonly resource: Resource<T>;
  readonly objects: readonly Readonly<T>[];
}

/**
 * Removes objects. If our own API server refuses that, it is told once, and tried again later. Other failures are
 * thrown.
 *
 * @returns when to try again
 */
export async function removeAll<T extends KubeObject>(
  { key, what, resource, objects }: Removal<T>,
  { applier, refusals }: Pick<LeftoverOptions, 'applier' | 'refusals'>,
  tell: (message: string) => void,
): Promise<{ requeueAfter: number } | undefined> {
  const outcome = await refusals.attempt({
    ...{ key, part: 'leftovers', what: `the deletion of ${what}` },
    wish: objects.map(({ metadata }) => metadata.uid),
    write: async () => {
      await settled(objects.map((object) => applier.remove(resource, object)));
      return [];
    },
  });
  if (outcome.kind === 'done') return undefined;
  if (outcome.fresh) tell(outcome.message);
  return { requeueAfter: outcome.requeueAfter };
}

/**
 * The Services, or mirrors of pods, whose mirror is gone according to the API server. One cache may lag behind another, or have gone back
 * to a backup: then a Service's mirror may exist although its cache does not show it.
 */
export async function withoutMirror<T extends Service | ServiceMirror>(
  orphans: readonly Readonly<T>[],
  { kube }: Pick<LeftoverOptions, 'kube'>,
): Promise<Readonly<T>[]> {
  const found = await Promise.all(
    orphans.map(async (orphan) => {
      const { name = '', uid } = controllerOf(orphan) ?? {};
      const live = await uidOf(kube, { ...orphan.metadata, name });
      return live !== undefined && live === uid ? [] : [orphan];
    }),
  );
  return found.flat();
}

async function uidOf(
  kube: Pick<KubeClient, 'get'>,
  metadata: Readonly<ObjectMeta>,
): Promise<string | undefined> {
  // anybody who may write a Service may write any owner into it
  if (!/^[a-z0-9][-a-z0-9.]*$/.test(metadata.name)) return undefined;
  try {
    return (await kube.get(serviceMirrors, keyOf({ metadata }))).metadata.uid;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Waits for all, so that one refusal does not stop the others; then throws the first error. */
export async function settled<T>(writes: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(writes);
  return Promise.all(writes);
}

/** The time of the next check; undefined: none is needed before something changes. */
export type Again = { readonly requeueAfter: number } | undefined;

/** The earlier of two times for the next check. */
export function sooner(
  ...again: readonly ({ requeueAfter: number } | void)[]
): { requeueAfter: number } | undefined {
  const times = again.flatMap((one) => (one ? [one.requeueAfter] : []));
  return times.length === 0 ? undefined : { requeueAfter: Math.min(...times) };
}
