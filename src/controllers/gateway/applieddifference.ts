import { isDeepStrictEqual } from 'node:util';
import type { Applied, LinkReport } from '../../protocol/applied.js';
import { differing } from '../../runtime/immutable.js';

/** A change of the egress gateways. */
export type EgressGatewaysChange =
  /** A gateway came, went, was lost or is leaving: everything may have changed. */
  | { readonly kind: 'membership' }
  /** The address families of the gateways have changed. */
  | { readonly kind: 'families' }
  /** The routes of these ports have changed. */
  | { readonly kind: 'routes'; readonly ports: readonly number[] }
  /** Peers have begun or ceased to export what these ports lead to; nothing else about their links has changed. */
  | { readonly kind: 'exports'; readonly ports: readonly number[] }
  /** The peers of these links answer faster or more slowly; nothing else about them has changed. */
  | { readonly kind: 'distances'; readonly links: readonly string[] }
  /** The state of these links has changed. */
  | { readonly kind: 'links'; readonly links: readonly string[] };

/** The differences between two answers of one gateway; won or lost contact changes everything. */
export function appliedDifference(
  before: Applied | undefined,
  after: Applied | undefined,
): EgressGatewaysChange[] {
  if (before === undefined || after === undefined || before.draining !== after.draining)
    return before === after ? [] : [{ kind: 'membership' }];
  const ports = differing(before.routes, after.routes).filter((port) => {
    const [was, is] = [before.routes.get(port), after.routes.get(port)];
    return was?.serviceId !== is?.serviceId || was?.link !== is?.link;
  });
  const { links, distances, moved } = linkDifference(before.links, after.links);
  const exported = portsOf(after.routes, moved);
  return [
    ...(ports.length > 0 ? [{ kind: 'routes' as const, ports }] : []),
    ...(exported.length > 0 ? [{ kind: 'exports' as const, ports: exported }] : []),
    ...(distances.length > 0 ? [{ kind: 'distances' as const, links: distances }] : []),
    ...(links.length > 0 ? [{ kind: 'links' as const, links }] : []),
  ];
}

/**
 * Links that are seen differently; and of links that are seen as before, the service IDs that their peers export now and
 * did not before, or the other way round. A peer with 10,000 exports changes these all the time.
 */
function linkDifference(
  before: Applied['links'],
  after: Applied['links'],
): {
  readonly links: readonly string[];
  readonly distances: readonly string[];
  readonly moved: ReadonlyMap<string, ReadonlySet<string>>;
} {
  const links: string[] = [];
  const distances: string[] = [];
  const moved = new Map<string, ReadonlySet<string>>();
  for (const link of differing(before, after)) {
    const [was, is] = [before.get(link), after.get(link)];
    if (!isDeepStrictEqual(essential(was), essential(is))) {
      links.push(link);
      continue;
    }
    moved.set(link, changedIds(was?.peer?.serviceIds ?? [], is?.peer?.serviceIds ?? []));
    if (was?.answersIn !== is?.answersIn) distances.push(link);
  }
  return { links, distances, moved };
}

/** A report without what changes all the time. */
function essential(report: LinkReport | undefined): unknown {
  const { answersIn: _answersIn, peer, ...rest } = report ?? {};
  return { ...rest, ...(peer !== undefined && { peer: { ...peer, serviceIds: [] } }) };
}

function changedIds(before: readonly string[], after: readonly string[]): ReadonlySet<string> {
  const [was, is] = [new Set(before), new Set(after)];
  return new Set([...before.filter((id) => !is.has(id)), ...after.filter((id) => !was.has(id))]);
}

/** The ports that lead to some of these service IDs of links. */
function portsOf(routes: Applied['routes'], moved: ReadonlyMap<string, ReadonlySet<string>>): number[] {
  if (![...moved.values()].some(({ size }) => size > 0)) return [];
  return [...routes].flatMap(([port, { link, serviceId }]) =>
    moved.get(link)?.has(serviceId) === true ? [port] : [],
  );
}
