import type { Destination } from '../protocol/applied.js';
import { whole, type Route } from '../protocol/routes.js';
import { ImmutableMap } from '../runtime/immutable.js';

/** The same routes by port. */
export function routesByPort<R extends { readonly port: number }>(
  routes: readonly R[] | ImmutableMap<number, R>,
): ImmutableMap<number, R> {
  return routes instanceof ImmutableMap
    ? routes
    : ImmutableMap.of(routes.map((route) => [route.port, route] as const));
}

/** A live connection: the port that it came to, and where it leads. */
export interface Arrival extends Destination {
  readonly port: number;
}

/** What decides which connections may go on; see `EgressState`. */
export interface Allowed {
  readonly routes: ReadonlyMap<number, Route>;
  readonly ended?: ReadonlyMap<number, readonly Destination[]> | undefined;
}

/** The destinations to which connections of a route may lead, whatever new ones do. */
export function destinationsOf(route: Route): readonly Destination[] {
  return route.backends ?? (route.instead === undefined ? [route] : [route, route.instead]);
}

/** Whether a connection must end, because its port may not lead there any more. */
export function isAstray({ port, link, serviceId }: Arrival, { routes, ended }: Allowed): boolean {
  const route = routes.get(port);
  const allowed = route === undefined ? ended?.get(port) : destinationsOf(route);
  return allowed?.some((one) => one.link === link && one.serviceId === serviceId) === false;
}

/**
 * Where a new connection goes: by the share of the alternative, and never where nobody can be called, if the other can.
 *
 * @param random 0 up to, but not 1
 */
export function chooseDestination(
  route: Route,
  canCall: (link: string) => boolean,
  random: () => number,
): Destination {
  const { instead } = route;
  if (instead === undefined || !canCall(instead.link)) return route;
  return !canCall(route.link) || random() * whole < instead.share ? instead : route;
}
