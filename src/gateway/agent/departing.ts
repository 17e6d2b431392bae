import type { Route } from '../model.js';

/** Routes to have now, and when to look again, in milliseconds from now; absent: nothing is leaving. */
export interface Departure {
  readonly routes: readonly Route[];
  readonly lookAgainIn?: number;
}

/**
 * Keeps routes for a while after their mirror has gone: the address leaves the mirror's slices at the same time, and
 * nodes learn of that a little later. Address first, then the route. A port rests for minutes before another
 * service gets it, so a route that stays can mislead nobody. A route whose peer is gone is not kept.
 *
 * @param linger in milliseconds
 */
export function createDepartures(linger: number) {
  let desired: ReadonlyMap<number, Route> = new Map();
  const leaving = new Map<number, { readonly route: Route; readonly until: number }>();

  /** @param now by a monotonic clock, in milliseconds */
  return (routes: readonly Route[], links: ReadonlySet<string>, now: number): Departure => {
    const wanted = new Map(routes.map((route) => [route.port, route]));
    for (const [port, route] of desired)
      if (!wanted.has(port)) leaving.set(port, { route, until: now + linger });
    desired = wanted;
    for (const [port, { route, until }] of leaving) {
      if (wanted.has(port) || until <= now || !links.has(route.link)) leaving.delete(port);
    }
    if (leaving.size === 0) return { routes };
    const kept = [...leaving.values()];
    return {
      routes: [...routes, ...kept.map(({ route }) => route)],
      lookAgainIn: Math.min(...kept.map(({ until }) => until)) - now,
    };
  };
}
