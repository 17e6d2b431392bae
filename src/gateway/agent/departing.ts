import type { Route } from '../model.js';
import { differing, PortMap } from '../portmap.js';

/** Routes to have now, and when to look again, in milliseconds from now; absent: nothing is leaving. */
export interface Departure {
  readonly routes: PortMap<Route>;
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
  let desired = PortMap.of<Route>();
  const leaving = new Map<number, { readonly route: Route; readonly until: number }>();

  /** @param now by a monotonic clock, in milliseconds */
  return (wanted: PortMap<Route>, links: ReadonlySet<string>, now: number): Departure => {
    for (const port of differing(desired, wanted)) {
      const route = desired.get(port);
      if (route !== undefined && !wanted.has(port)) leaving.set(port, { route, until: now + linger });
    }
    desired = wanted;
    for (const [port, { route, until }] of leaving) {
      if (wanted.has(port) || until <= now || !links.has(route.link)) leaving.delete(port);
    }
    if (leaving.size === 0) return { routes: wanted };
    const kept = [...leaving.values()];
    return {
      routes: wanted.with(kept.map(({ route }) => [route.port, route])),
      lookAgainIn: Math.min(...kept.map(({ until }) => until)) - now,
    };
  };
}
