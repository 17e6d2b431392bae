import { isDeepStrictEqual } from 'node:util';
import { backendsOfStatus, isSameService, type BackendRecord } from '../../api/backends.js';
import type { ServiceMirror } from '../../api/servicemirror.js';
import type { Destination } from '../../protocol/applied.js';
import { destinationOf, isRefused, isRouted, routesOfMirror, type Route } from '../../protocol/routes.js';
import { ImmutableMap } from '../../runtime/immutable.js';

/**
 * The destinations to which a mirror may still lead, if those that it had before are not all allowed any more: it is not
 * accepted now, or a service is none of its backends.
 */
function leftOf(
  before: Readonly<ServiceMirror>,
  now: Readonly<ServiceMirror>,
): readonly Destination[] | undefined {
  const was = backendsOfStatus(before);
  const is = backendsOfStatus(now);
  const stays = (one: BackendRecord) =>
    !isRefused(now) && is.some((other) => isSameService(one, other) && mayServe(other, one));
  const staying = was.filter(stays);
  if (staying.length === was.length) return undefined;
  return staying.flatMap((backend) => backend.ports.map(({ port }) => destinationOf(backend, port)));
}

/**
 * One of several backends that cannot serve, and has lost all of its egress ports, is not accepted any more. All lose
 * their ports while the mirror's Service is made anew.
 */
function mayServe(now: BackendRecord, before: BackendRecord): boolean {
  return now.place?.state !== 'NotReady' || isRouted(now) || !isRouted(before);
}

/** A mirror with a route of it. */
interface RouteClaim {
  readonly mirror: Readonly<ServiceMirror>;
  readonly route: Route;
}

/** The routes of all mirrors, and the withdrawn ones. */
export interface Routing {
  readonly routes: ImmutableMap<number, Route>;
  /**
   * Mirrors that may no longer lead to all of their targets from before this change, by UID, with the targets that are
   * left to them.
   */
  readonly revoked: ReadonlyMap<string, readonly Destination[]>;
  /** UID of the mirror that a route is of. */
  readonly mirrorOf: (route: Route) => string | undefined;
}

/**
 * Finds the routes of all mirrors to resolved peers. If two mirrors claim one port, the older one keeps it: the
 * younger one never carried traffic there. It keeps its results: of 10,000 mirrors it looks only at those that came,
 * went or changed, and unchanged routes stay the same objects.
 *
 * @returns a function of all mirrors, and the names of the Links that have a resolved peer
 */
export function createRouting() {
  let known: readonly Readonly<ServiceMirror>[] = [];
  let settled: ReadonlySet<string> = new Set();
  const claims = new Map<number, readonly RouteClaim[]>();
  const owners = new WeakMap<Route, string>();
  let routes = ImmutableMap.of<number, Route>();

  return (mirrors: readonly Readonly<ServiceMirror>[], links: ReadonlySet<string>): Routing => {
    const sameLinks = links.size === settled.size && [...links].every((link) => settled.has(link));
    const { gone, come } = sameLinks ? changes(known, mirrors) : { gone: known, come: mirrors };
    const touched = new Set<number>();
    for (const mirror of gone) {
      for (const { port } of routesOfMirror(mirror)) {
        touched.add(port);
        claims.set(port, claims.get(port)?.filter((claim) => claim.mirror !== mirror) ?? []);
      }
    }
    for (const mirror of come) {
      for (const route of routesOfMirror(mirror)) {
        if (!links.has(route.link)) continue;
        touched.add(route.port);
        claims.set(route.port, [...(claims.get(route.port) ?? []), { mirror, route }]);
      }
    }
    [known, settled] = [mirrors, new Set(links)];
    routes = routes.with([...touched].map((port) => [port, holderOf(port)] as const));
    return { routes, revoked: revokedBy(gone, come), mirrorOf: (route) => owners.get(route) };
  };

  /** The route of the oldest mirror that claims a port; the present object if it is equal. */
  function holderOf(port: number): Route | undefined {
    const all = claims.get(port) ?? [];
    if (all.length === 0) claims.delete(port);
    const oldest = all.reduce<RouteClaim | undefined>(
      (best, claim) => (best === undefined || isOlder(claim.mirror, best.mirror) ? claim : best),
      undefined,
    );
    const before = routes.get(port);
    const now = oldest?.route;
    const route = isDeepStrictEqual(before, now) ? before : now;
    if (route !== undefined) owners.set(route, oldest?.mirror.metadata.uid ?? '');
    return route;
  }
}

/** The mirrors that exist before and after a change, and may no longer lead to their earlier targets. */
function revokedBy(
  gone: readonly Readonly<ServiceMirror>[],
  come: readonly Readonly<ServiceMirror>[],
): ReadonlyMap<string, readonly Destination[]> {
  const before = new Map(gone.map((mirror) => [mirror.metadata.uid, mirror]));
  return new Map(
    come.flatMap((mirror) => {
      const { uid = '' } = mirror.metadata;
      const was = before.get(uid);
      const left = was === undefined || was === mirror ? undefined : leftOf(was, mirror);
      return left === undefined ? [] : [[uid, left] as const];
    }),
  );
}

/** The differences between two lists, by identity; equal beginnings and ends cost one comparison for each element. */
function changes<T>(before: readonly T[], after: readonly T[]): { gone: readonly T[]; come: readonly T[] } {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  const [old, fresh] = [before.slice(head, before.length - tail), after.slice(head, after.length - tail)];
  const [was, is] = [new Set(old), new Set(fresh)];
  return { gone: old.filter((one) => !is.has(one)), come: fresh.filter((one) => !was.has(one)) };
}

function isOlder(
  { metadata: one }: Readonly<ServiceMirror>,
  { metadata: other }: Readonly<ServiceMirror>,
): boolean {
  const [created = '', thenCreated = ''] = [one.creationTimestamp, other.creationTimestamp];
  return created === thenCreated ? (one.uid ?? '') < (other.uid ?? '') : created < thenCreated;
}
