import type { ServiceMirror } from '../../api/servicemirror.js';
import { labelOf } from '../label.js';
import type { Route } from '../model.js';

/** The routes that one mirror asks for: each of its ports that has an egress port. */
export function routesOfMirror({ metadata, spec, status }: Readonly<ServiceMirror>): readonly Route[] {
  const { name, namespace = metadata.namespace ?? '' } = spec.service;
  return (status?.ports ?? []).flatMap(({ port, gatewayPort }) =>
    gatewayPort === undefined
      ? []
      : [{ port: gatewayPort, link: spec.cluster, label: labelOf({ namespace, name, port }) }],
  );
}

/** Makes {@link routesOf} with a memory: of 10,000 mirrors only those that have changed are looked at again. */
export function createRouting(): typeof routesOf {
  const known = new WeakMap<Readonly<ServiceMirror>, readonly Route[]>();
  const remembered = (mirror: Readonly<ServiceMirror>) => {
    const routes = known.get(mirror) ?? routesOfMirror(mirror);
    known.set(mirror, routes);
    return routes;
  };
  return (mirrors, links) => routesOf(mirrors, links, remembered);
}

/**
 * The routes of all mirrors to settled peers. When two mirrors claim one port, the older keeps it: the younger never
 * carried traffic there.
 *
 * @param links names of the Links that have a settled peer
 */
export function routesOf(
  mirrors: readonly Readonly<ServiceMirror>[],
  links: ReadonlySet<string>,
  routesOfOne: (mirror: Readonly<ServiceMirror>) => readonly Route[] = routesOfMirror,
): Route[] {
  const holders = new Map<number, { readonly mirror: Readonly<ServiceMirror>; readonly route: Route }>();
  for (const mirror of mirrors) {
    if (!links.has(mirror.spec.cluster)) continue;
    for (const route of routesOfOne(mirror)) {
      const holder = holders.get(route.port);
      if (holder === undefined || isOlder(mirror, holder.mirror)) holders.set(route.port, { mirror, route });
    }
  }
  return [...holders.values()].map(({ route }) => route);
}

function isOlder(
  { metadata: one }: Readonly<ServiceMirror>,
  { metadata: other }: Readonly<ServiceMirror>,
): boolean {
  const [created = '', thenCreated = ''] = [one.creationTimestamp, other.creationTimestamp];
  return created === thenCreated ? (one.uid ?? '') < (other.uid ?? '') : created < thenCreated;
}
