import {
  backendsOfStatus,
  hasClusters,
  isSameService,
  placeOf,
  type BackendRecord,
  type Place,
} from '../api/backends.js';
import type { BackendState } from '../api/mirrorstatus.js';
import type { EndpointSlice } from '../api/objects.js';
import { lacksAllPorts } from './fitted.js';
import { knownSource, type Backend, type MirrorInput, type SliceContent } from './view.js';

/** What one of several backends does, and why. */
export interface Role extends Place {
  readonly state: BackendState;
  /** Why it does not serve although it could; absent: it serves, or it cannot. */
  readonly why?: string;
}

interface Member extends Place {
  /** A connection that is made to it now would be served. */
  readonly isAble: boolean;
  /** It cannot be given connections, because it has not been seen since the start and its slices lead to none of it. */
  readonly isHidden: boolean;
  /** It may take traffic from others. */
  readonly isStrong: boolean;
  readonly isServing: boolean;
  /** Milliseconds; undefined: not known. */
  readonly distance: number | undefined;
}

/**
 * What each backend does, in the order of the backends. The lowest priority with a backend that can serve serves, with
 * all such backends of a weight above 0. A backend that does not serve yet takes traffic from others only with
 * `spec.minReady` endpoints; if there are no others, one is enough. With `spec.trafficDistribution` the closest one
 * serves alone. The only backend of a mirror without `spec.clusters` always serves: its conditions say whether it can.
 */
export function rolesOf({ view, backends }: Pick<MirrorInput, 'view' | 'backends'>): readonly Role[] {
  const { mirror } = view;
  if (!hasClusters(mirror))
    return backends.map(({ view: { backend } }) => ({
      state: 'Serving',
      ...placeOf(mirror, backend.cluster),
    }));
  const records = backendsOfStatus(mirror);
  const members = backends.map((backend): Member => {
    const before = records.find((record) => isSameService(record, backend.view.backend));
    const seen = canServe(backend);
    const told = toldOf(backend, before);
    return {
      ...placeOf(mirror, backend.view.backend.cluster),
      isAble: seen ?? told.isAble,
      isHidden: seen === undefined && !told.isCalled,
      isStrong: told.isServing || hasEnough(backend, mirror.spec.minReady),
      isServing: told.isServing,
      distance: backend.distance,
    };
  });
  const candidates = choose(members);
  const serving = mirror.spec.trafficDistribution === undefined ? candidates : closestOf(candidates);
  const [first] = serving;
  return members.map((member) => {
    const { priority, weight, isAble } = member;
    if (serving.includes(member)) return { state: 'Serving', priority, weight };
    if (!isAble) return { state: 'NotReady', priority, weight };
    return { state: 'Standby', priority, weight, why: whyStandby(member, first?.priority) };
  });
}

function choose(members: readonly Member[]): readonly Member[] {
  const willing = members.filter(({ isAble, isHidden, weight }) => isAble && !isHidden && weight > 0);
  const strong = willing.filter(({ isStrong }) => isStrong);
  const all = strong.length > 0 ? strong : willing;
  const lowest = Math.min(...all.map(({ priority }) => priority));
  return all.filter(({ priority }) => priority === lowest);
}

/**
 * The closest one. One that serves gives way only to this cluster, or to another that is clearly closer: by a quarter of
 * its own distance, and by 5 ms. It stays while its distance is not known, for example after a start.
 */
function closestOf(candidates: readonly Member[]): readonly Member[] {
  const distanceOf = ({ distance = Infinity }: Member) => distance;
  const [first] = candidates;
  if (first === undefined) return [];
  const closest = candidates.reduce((best, one) => (distanceOf(one) < distanceOf(best) ? one : best), first);
  const least = distanceOf(closest);
  const isKept = ({ distance, isServing }: Member) =>
    isServing &&
    (distance === undefined ||
      distance === least ||
      (least > 0 && distance - Math.max(5, distance / 4) <= least));
  return [candidates.find(isKept) ?? closest];
}

function whyStandby({ priority, weight, isHidden }: Member, serving: number | undefined): string {
  if (weight === 0) return 'its weight is 0';
  if (serving === priority) return 'a closer cluster serves';
  if (serving !== undefined && serving < priority) return `clusters of priority ${serving} serve`;
  if (isHidden) return 'it has not been seen since the start of the operator';
  return 'it waits for as many ready endpoints as spec.minReady says';
}

/** Whether a connection that is made to it now would be served; undefined: that is not known, for example after a start. */
function canServe({ view, source, notAccepted, answer }: Backend): boolean | undefined {
  if (notAccepted !== undefined || source.kind === 'absent') return false;
  if (source.kind === 'unknown' || answer === undefined || answer.kind === 'keep') return undefined;
  if (answer.notReady !== undefined || lacksAllPorts(source, view)) return false;
  return hasReady(answer.slices) || answer.discovered === true;
}

/** What was true before, and still is while nothing is known. */
interface Told {
  readonly isServing: boolean;
  readonly isAble: boolean;
  /** Its slices, which stay, lead to it; or it needs none. */
  readonly isCalled: boolean;
}

/**
 * Slices are written before the status, and the status may be about an earlier spec or be lost. So where both do not say
 * the same, the slices are right: what they lead to serves.
 */
function toldOf({ view: { slices } }: Backend, before: BackendRecord | undefined): Told {
  const state = before?.place?.state;
  const isCalled = hasReady(slices) || (slices.length === 0 && state === 'Serving');
  return {
    isServing: state === undefined ? isCalled : state === 'Serving',
    isAble: isCalled || (state !== undefined && state !== 'NotReady'),
    isCalled,
  };
}

function hasReady(slices: readonly (Readonly<EndpointSlice> | SliceContent)[]): boolean {
  return slices.some(({ endpoints }) => endpoints?.some(({ conditions }) => conditions?.ready !== false));
}

function hasEnough({ source }: Backend, minReady: number | string = 1): boolean {
  const known = knownSource(source);
  if (known === undefined) return false;
  const { total } = known;
  const ready = known.ready - known.leaving;
  return typeof minReady === 'number'
    ? ready >= minReady
    : ready * 100 >= total * Number.parseInt(minReady, 10);
}
