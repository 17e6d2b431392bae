import { ImmutableMap } from '../runtime/immutable.js';

/** The same routes by port. */
export function routesByPort<R extends { readonly port: number }>(
  routes: readonly R[] | ImmutableMap<number, R>,
): ImmutableMap<number, R> {
  return routes instanceof ImmutableMap
    ? routes
    : ImmutableMap.of(routes.map((route) => [route.port, route] as const));
}

/** Whether a port leads to another service than before; a port that leads nowhere any more does not. */
export function leadsElsewhere(before: Destination, now: Destination | undefined): boolean {
  return now !== undefined && (now.link !== before.link || now.serviceId !== before.serviceId);
}

interface Destination {
  readonly link: string;
  readonly serviceId: string;
}
