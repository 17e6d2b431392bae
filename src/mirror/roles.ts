import { hasClusters, isSameService, placeOf, type BackendRecord, type Place } from '../api/backends.js';
import { backendsOfStatus } from '../api/backends.js';
import type { BackendState } from '../api/mirrorstatus.js';
import type { Backend, MirrorInput } from './view.js';

/** What one of several backends does, and why. */
export interface Role extends Place {
  readonly state: BackendState;
  /** Why it does not serve although it could; absent: it serves, or it cannot. */
  readonly why?: string;
}

interface Member extends Place {
  readonly backend: Backend;
  readonly before: BackendRecord | undefined;
  /** A connection that is made to it now would be served. */
  readonly isAble: boolean;
  /** It may take traffic from others. */
  readonly isStrong: boolean;
}

/**
 * What each backend does, in the order of the backends. The lowest priority with a backend that can serve serves, with
 * all such backends of a weight above 0. A backend that does not serve yet takes traffic from others only with
 * `spec.minReady` endpoints; if there are no others, one is enough. The only backend of a mirror without
 * `spec.clusters` always serves: its conditions say whether it can.
 */
export function rolesOf({ view, backends }: Pick<MirrorInput, 'view' | 'backends'>): readonly Role[] {
  const { mirror } = view;
  const told = backendsOfStatus(mirror);
  const members = backends.map((backend): Member => {
    const before = told.find((record) => isSameService(record, backend.view.backend));
    const isAble = canServe(backend, before);
    const isStrong = before?.place?.state === 'Serving' || hasEnough(backend, mirror.spec.minReady);
    return { ...placeOf(mirror, backend.view.backend.cluster), backend, before, isAble, isStrong };
  });
  if (!hasClusters(mirror))
    return members.map(({ priority, weight }) => ({ state: 'Serving', priority, weight }));
  const serving = choose(members);
  const [first] = serving;
  return members.map((member) => {
    const { priority, weight, isAble } = member;
    if (serving.includes(member)) return { state: 'Serving', priority, weight };
    if (!isAble) return { state: 'NotReady', priority, weight };
    return { state: 'Standby', priority, weight, why: whyStandby(member, first?.priority) };
  });
}

function choose(members: readonly Member[]): readonly Member[] {
  const willing = members.filter(({ isAble, weight }) => isAble && weight > 0);
  const strong = willing.filter(({ isStrong }) => isStrong);
  const all = strong.length > 0 ? strong : willing;
  const lowest = Math.min(...all.map(({ priority }) => priority));
  return all.filter(({ priority }) => priority === lowest);
}

function whyStandby({ priority, weight }: Member, serving: number | undefined): string {
  if (weight === 0) return 'its weight is 0';
  if (serving !== undefined && serving < priority) return `clusters of priority ${serving} serve`;
  return 'it waits for as many ready endpoints as spec.minReady says';
}

/** While that is not known, for example after a start, what was true before still is. */
function canServe({ source, notAccepted, answer }: Backend, before: BackendRecord | undefined): boolean {
  if (notAccepted !== undefined || source.kind === 'absent') return false;
  if (source.kind === 'unknown' || answer === undefined || answer.kind === 'keep')
    return before?.place !== undefined && before.place.state !== 'NotReady';
  if (answer.notReady !== undefined) return false;
  const isReady = answer.slices.some(({ endpoints }) =>
    endpoints.some(({ conditions }) => conditions?.ready !== false),
  );
  return isReady || answer.discovered === true;
}

function hasEnough({ source }: Backend, minReady: number | string = 1): boolean {
  if (source.kind !== 'live' && source.kind !== 'remembered') return false;
  const { total } = source;
  const ready = source.ready - source.leaving;
  return typeof minReady === 'number'
    ? ready >= minReady
    : ready * 100 >= total * Number.parseInt(minReady, 10);
}
