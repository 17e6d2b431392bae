import type { Costs } from './costs.js';
import type { Settings } from './options.js';
import { passed, resourceNames, usesOf, type ResourceName, type Use } from './resources.js';
import { kindsOf, type Size } from './situation.js';

/** Where a whole of growing size passes its first bound. */
export interface Knee {
  readonly services: number;
  /** The least number of clusters with which a bound is passed; absent: none is, up to the most that were tried. */
  readonly clusters?: number;
  /** What is passed there, the furthest first. */
  readonly past: readonly Use[];
  /** Most clusters with which each resource is within its bound; 0: not even two. */
  readonly room: Readonly<Record<ResourceName, number>>;
}

/** Uses of the cluster that takes most of each resource. */
export function worstOf(size: Size, settings: Settings, costs: Costs): readonly Use[] {
  const [first = [], ...others] = kindsOf(size, settings).map(({ situation }) => usesOf(situation, costs));
  return first.map((use, at) => {
    const alike = others.flatMap((uses) => uses[at] ?? []);
    return alike.reduce(
      (worst, one) => (one.value / one.bound > worst.value / worst.bound ? one : worst),
      use,
    );
  });
}

/** Finds the knee among 2 and so many clusters. */
export function kneeOf(
  services: number,
  { most, settings, costs }: { most: number; settings: Settings; costs: Costs },
): Knee {
  const room = Object.fromEntries(resourceNames.map((name) => [name, 0])) as Record<ResourceName, number>;
  let knee: Pick<Knee, 'clusters' | 'past'> = { past: [] };
  for (let clusters = 2; clusters <= most; clusters++) {
    const uses = worstOf({ clusters, services }, settings, costs);
    // no formula falls, so what is within its bound was within it before
    for (const { name, value, bound } of uses) if (value <= bound) room[name] = clusters;
    if (knee.clusters === undefined && passed(uses).length > 0) knee = { clusters, past: passed(uses) };
  }
  return { services, ...knee, room };
}
