import { createDerived } from '../../runtime/derived.js';
import type { ImmutableMap } from '../../runtime/immutable.js';
import type { Destination } from '../../protocol/applied.js';
import type { EgressState, Route } from '../model.js';
import type { NotInForce } from '../outcome.js';
import { routesByPort } from '../ports.js';

/** The obstacles for routes. */
interface Obstacles {
  /** Links with a peer that is called. */
  readonly links: ReadonlySet<string>;
  readonly ports: ReadonlySet<number>;
}

/**
 * Makes a function that finds the routes of a state that are in force, given the parts that are not: the gateway must
 * listen on the port, and the peer must exist and be callable. Other routes are not acknowledged, so no slice lists
 * this gateway for them. While the obstacles stay the same, only changed routes of 10,000 are checked again. A route is in force with its
 * own destination: its alternatives are no concern of the operator.
 */
export function createInForce() {
  const derive = createDerived<number, Route, number, Destination>();
  let last: Obstacles = { links: new Set(), ports: new Set() };

  return (
    { routes, peers }: Pick<EgressState, 'routes' | 'peers'>,
    missing: readonly NotInForce[],
  ): ImmutableMap<number, Destination> => {
    const out = new Set(missing.flatMap((part) => (part.kind === 'link' ? [part.link] : [])));
    const ports = new Set(missing.flatMap((part) => (part.kind === 'port' ? [part.port] : [])));
    const links = new Set(peers.map(({ link }) => link).filter((link) => !out.has(link)));
    if (!isSame(links, last.links) || !isSame(ports, last.ports)) last = { links, ports };
    return derive(routesByPort(routes), last, ({ link, serviceId }, port) =>
      links.has(link) && !ports.has(port) ? [[port, { link, serviceId }]] : [],
    );
  };
}

function isSame<T>(one: ReadonlySet<T>, other: ReadonlySet<T>): boolean {
  return one.size === other.size && [...one].every((value) => other.has(value));
}
