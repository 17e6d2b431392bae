import type { Route } from '../model.js';
import { differing, ImmutableMap } from '../../runtime/immutable.js';
import type { Routing } from './routes.js';

/** The present routes, and the milliseconds after which to look again; absent: no route is leaving. */
export interface Departure {
  readonly routes: ImmutableMap<number, Route>;
  /** Ports whose live connections must end: their mirror exists, and may no longer lead to its earlier target. */
  readonly ended: ReadonlySet<number>;
  readonly lookAgainIn?: number;
}

/**
 * Keeps routes for a while after their mirror has gone. The address leaves the mirror's slices at the same time, and
 * nodes learn of that a little later: first the address goes, then the route. A port rests for minutes before another
 * service gets it, so a kept route misleads nobody. A route is not kept if its peer is gone, or if its mirror is no
 * longer accepted or leads elsewhere now: such a route may carry nothing any more, not even its present connections.
 *
 * @param linger in milliseconds
 */
export function createDepartures(linger: number) {
  let desired = ImmutableMap.of<number, Route>();
  let ended: ReadonlySet<number> = new Set();
  const leaving = new Map<
    number,
    { readonly route: Route; readonly mirror?: string; readonly until: number }
  >();

  /** @param now by a monotonic clock, in milliseconds */
  return (routing: Routing, links: ReadonlySet<string>, now: number): Departure => {
    const { routes: wanted, revoked, mirrorOf } = routing;
    const over = new Set<number>();
    for (const port of differing(desired, wanted)) {
      const route = desired.get(port);
      if (route === undefined) continue;
      const mirror = mirrorOf(route);
      if (mirror !== undefined && revoked.has(mirror)) over.add(port);
      else if (!wanted.has(port))
        leaving.set(port, { route, until: now + linger, ...(mirror !== undefined && { mirror }) });
    }
    desired = wanted;
    for (const [port, { route, mirror, until }] of leaving) {
      const isOver = mirror !== undefined && revoked.has(mirror);
      if (isOver) over.add(port);
      if (isOver || wanted.has(port) || until <= now || !links.has(route.link)) leaving.delete(port);
    }
    if (over.size > 0 || [...ended].some((port) => wanted.has(port)))
      ended = new Set([...ended, ...over].filter((port) => !wanted.has(port)));
    if (leaving.size === 0) return { routes: wanted, ended };
    const kept = [...leaving.values()];
    return {
      routes: wanted.with(kept.map(({ route }) => [route.port, route])),
      ended,
      lookAgainIn: Math.min(...kept.map(({ until }) => until)) - now,
    };
  };
}
