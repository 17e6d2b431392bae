import { isDeepStrictEqual } from 'node:util';
import type { LinkReport } from '../../protocol/applied.js';
import { differing, ImmutableMap } from '../../runtime/immutable.js';
import type { Route } from '../model.js';
import { alternativeOf } from './alternative.js';

/** Gives routes their alternatives. */
export interface Division {
  /** The same routes with their alternatives, as far as the links that they lead to are usable. */
  readonly divide: (
    routes: ImmutableMap<number, Route>,
    usable: ReadonlySet<string>,
  ) => ImmutableMap<number, Route>;
  /** Whether the last routes depend on one of these links being usable. */
  readonly dependsOn: (links: Iterable<string>) => boolean;
}

/**
 * Gives routes their alternatives ({@link alternativeOf}). When a link comes to be usable, or is not any more, it looks
 * only at the routes of mirrors with a backend of that link. Routes without alternatives stay the same objects.
 */
export function createDivision(): Division {
  let from = ImmutableMap.of<number, Route>();
  let to = from;
  let usable: ReadonlySet<string> = new Set();
  /** Ports of the routes that may lead to a link. */
  const ports = new Map<string, Set<number>>();

  function divide(
    routes: ImmutableMap<number, Route>,
    links: ReadonlySet<string>,
  ): ImmutableMap<number, Route> {
    const touched = new Set(differing(from, routes));
    for (const port of touched) note(port, routes.get(port));
    for (const link of differingLinks(usable, links))
      for (const port of ports.get(link) ?? []) touched.add(port);
    [from, usable] = [routes, new Set(links)];
    to = to.with([...touched].map((port) => [port, divided(routes.get(port), to.get(port))] as const));
    return to;
  }

  function note(port: number, route: Route | undefined): void {
    for (const { link } of from.get(port)?.backends ?? []) ports.get(link)?.delete(port);
    for (const { link } of route?.backends ?? []) {
      const known = ports.get(link) ?? new Set();
      ports.set(link, known.add(port));
    }
  }

  function divided(route: Route | undefined, before: Route | undefined): Route | undefined {
    if (route?.backends === undefined) return route;
    const instead = alternativeOf(route, (link) => usable.has(link));
    if (before?.backends === route.backends && isDeepStrictEqual(before.instead, instead)) return before;
    return instead === undefined ? route : { ...route, instead };
  }

  return { divide, dependsOn: (links) => [...links].some((link) => (ports.get(link)?.size ?? 0) > 0) };
}

/** Links whose peers do not answer; one that has not been probed yet may. */
export function silentLinks(reports: ReadonlyMap<string, LinkReport>): ReadonlySet<string> {
  const silent = [...reports].filter(([, { healthy, reason }]) => !healthy && reason !== undefined);
  return new Set(silent.map(([link]) => link));
}

/** Links that only one of the sets has. */
export function differingLinks(one: ReadonlySet<string>, other: ReadonlySet<string>): readonly string[] {
  return [...[...one].filter((link) => !other.has(link)), ...[...other].filter((link) => !one.has(link))];
}
