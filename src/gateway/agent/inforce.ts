import { createDerived } from '../derived.js';
import type { EgressState, Route } from '../model.js';
import type { NotInForce } from '../outcome.js';
import { type PortMap, routesByPort } from '../portmap.js';

/** What keeps a route from being in force. */
interface Obstacles {
  /** Links with a peer that is called. */
  readonly links: ReadonlySet<string>;
  readonly ports: ReadonlySet<number>;
}

/**
 * Makes a function that says which routes of a state are in force, by what is not: those whose port is listened on, and
 * whose peer is there and is called. The others are not acknowledged, so that no slice leads to them here. Of 10,000 routes
 * only those that have changed are looked at again while the obstacles stay the same.
 */
export function createInForce() {
  const derive = createDerived<Route, Route, number>((port) => port);
  let last: Obstacles = { links: new Set(), ports: new Set() };

  return (
    { routes, peers }: Pick<EgressState, 'routes' | 'peers'>,
    missing: readonly NotInForce[],
  ): PortMap<Route> => {
    const out = new Set(missing.flatMap((part) => (part.kind === 'link' ? [part.link] : [])));
    const ports = new Set(missing.flatMap((part) => (part.kind === 'port' ? [part.port] : [])));
    const links = new Set(peers.map(({ link }) => link).filter((link) => !out.has(link)));
    if (!isSame(links, last.links) || !isSame(ports, last.ports)) last = { links, ports };
    return derive(routesByPort(routes), last, (route, port) =>
      links.has(route.link) && !ports.has(port) ? route : undefined,
    );
  };
}

function isSame<T>(one: ReadonlySet<T>, other: ReadonlySet<T>): boolean {
  return one.size === other.size && [...one].every((value) => other.has(value));
}
