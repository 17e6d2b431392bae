import type { Destination } from '../../protocol/applied.js';
import type { Route } from '../model.js';
import { differing, ImmutableMap } from '../../runtime/immutable.js';
import type { Routing } from './routes.js';

/** The present routes, and the milliseconds after which to look again; absent: no route is leaving. */
export interface Departure {
  readonly routes: ImmutableMap<number, Route>;
  /**
   * Ports whose live connections must end, but for those to these destinations: their mirror exists, and may no longer
   * lead to its earlier target.
   */
  readonly ended: ReadonlyMap<number, readonly Destination[]>;
  readonly lookAgainIn?: number;
}

/**
 * Keeps routes for a while after their mirror has gone. The address leaves the mirror's slices at the same time, and
 * nodes learn of that a little later: first the address goes, then the route. A port rests for minutes before another
 * service gets it, so a kept route misleads nobody. A route is not kept if its peer is gone, or if its mirror is no
 * longer accepted or leads elsewhere now: such a route may carry nothing any more, not even its present connections. Of these,
 * only those stay that went to another backend, which the mirror still has.
 *
 * @param linger in milliseconds
 */
export function createDepartures(linger: number) {
  let desired = ImmutableMap.of<number, Route>();
  const withdrawals = createWithdrawals();
  const leaving = new Map<
    number,
    { readonly route: Route; readonly mirror?: string; readonly until: number }
  >();

  /** @param now by a monotonic clock, in milliseconds */
  return (routing: Routing, links: ReadonlySet<string>, now: number): Departure => {
    const { routes: wanted, revoked, mirrorOf } = routing;
    const over = new Map<number, string>();
    for (const port of differing(desired, wanted)) {
      const route = desired.get(port);
      if (route === undefined || wanted.has(port)) continue;
      const mirror = mirrorOf(route);
      if (mirror !== undefined && revoked.has(mirror)) over.set(port, mirror);
      else leaving.set(port, { route, until: now + linger, ...(mirror !== undefined && { mirror }) });
    }
    desired = wanted;
    for (const [port, { route, mirror, until }] of leaving) {
      const isOver = mirror !== undefined && revoked.has(mirror);
      if (isOver) over.set(port, mirror);
      if (isOver || wanted.has(port) || until <= now || !links.has(route.link)) leaving.delete(port);
    }
    const ended = withdrawals(routing, over);
    if (leaving.size === 0) return { routes: wanted, ended };
    const kept = [...leaving.values()];
    return {
      routes: wanted.with(kept.map(({ route }) => [route.port, route])),
      ended,
      lookAgainIn: Math.min(...kept.map(({ until }) => until)) - now,
    };
  };
}

/**
 * Remembers the ports whose routes were withdrawn until they have other routes, and the destinations that their mirrors
 * have left; the same map while nothing changes.
 */
function createWithdrawals() {
  const byPort = new Map<number, { readonly mirror: string; readonly left: readonly Destination[] }>();
  let ended: ReadonlyMap<number, readonly Destination[]> = new Map();

  /** @param over newly withdrawn ports, with the mirrors that had them */
  return ({ routes, revoked }: Routing, over: ReadonlyMap<number, string>) => {
    let same = over.size === 0;
    for (const [port, { mirror, left }] of byPort) {
      const now = revoked.get(mirror);
      if (routes.has(port)) byPort.delete(port);
      else if (now !== undefined)
        byPort.set(port, { mirror, left: left.filter((one) => includes(now, one)) });
      if (routes.has(port) || now !== undefined) same = false;
    }
    for (const [port, mirror] of over)
      if (!routes.has(port)) byPort.set(port, { mirror, left: revoked.get(mirror) ?? [] });
    if (!same) ended = new Map([...byPort].map(([port, { left }]) => [port, left]));
    return ended;
  };
}

function includes(all: readonly Destination[], { link, serviceId }: Destination): boolean {
  return all.some((one) => one.link === link && one.serviceId === serviceId);
}
