import { type Alternative, type Route, type RoutedBackend, whole } from '../../protocol/routes.js';

/**
 * The alternative of a route to one of several backends; undefined: all of its connections go to its own backend.
 *
 * Nodes spread the connections of a mirror evenly over the ports of the backends that serve. The alias method (Walker,
 * 1974) makes any weights of that: each port keeps a part and gives the rest to one other backend. A backend whose link
 * is not usable has weight 0 here, so its port gives everything away, and the others keep their proportions. If no
 * backend that serves is usable, the next ones by priority get all. What comes to the port of a backend that cannot
 * serve comes too late, and goes to the others too.
 *
 * @param isUsable whether a link has a peer that can be expected to answer
 */
export function alternativeOf(route: Route, isUsable: (link: string) => boolean): Alternative | undefined {
  const { port, backends = [] } = route;
  const backend = backends.find((one) => one.port === port);
  if (backend === undefined) return undefined;
  const able = backends.filter((one) => one.port !== undefined && one.place.weight > 0 && isUsable(one.link));
  const serving = backends.filter(
    ({ port: at, place }) => at !== undefined && place.state === 'Serving' && place.weight > 0,
  );
  const usable = serving.filter((one) => able.includes(one));
  if (usable.length > 0 && serving.includes(backend)) {
    const weights = serving.map((one) => (usable.includes(one) ? one.place.weight : 0));
    const given = aliasOf(weights, serving.indexOf(backend));
    return given === undefined ? undefined : toward(serving[given.to], Math.round(given.part * whole));
  }
  if (isUsable(backend.link) && backend.place.state !== 'NotReady') return undefined;
  const targets = usable.length > 0 ? usable : nextOf(able.filter((one) => one !== backend));
  const among = serving.includes(backend) ? serving : backends;
  return toward(pick(targets, (among.indexOf(backend) + 0.5) / among.length), whole);
}

/** The backends of the lowest priority that could serve. */
function nextOf(able: readonly RoutedBackend[]): readonly RoutedBackend[] {
  const standby = able.filter(({ place }) => place.state === 'Standby');
  const lowest = Math.min(...standby.map(({ place }) => place.priority));
  return standby.filter(({ place }) => place.priority === lowest);
}

/**
 * Where an urn of the alias method gives which part of its connections (Vose, 1991), of as many urns as weights, not all
 * of which are 0. Undefined: it keeps all.
 */
export function aliasOf(
  weights: readonly number[],
  urn: number,
): { readonly to: number; readonly part: number } | undefined {
  // times the number of weights, so that each urn holds their sum, and all numbers stay whole
  const rest = weights.map((weight) => weight * weights.length);
  const mean = weights.reduce((sum, weight) => sum + weight, 0);
  const isSmall = (at: number) => rest[at]! < mean;
  const all = weights.map((_, at) => at);
  const small = all.filter(isSmall);
  const large = all.filter((at) => rest[at]! > mean);
  for (;;) {
    const [from, to] = [small.pop(), large.at(-1)];
    if (from === undefined || to === undefined) return undefined;
    const lack = mean - rest[from]!;
    if (from === urn) return { to, part: lack / mean };
    rest[to]! -= lack;
    if (rest[to]! <= mean) large.pop();
    if (isSmall(to)) small.push(to);
  }
}

/** One of several backends by their weights. @param at 0 up to, but not 1 */
function pick(backends: readonly RoutedBackend[], at: number): RoutedBackend | undefined {
  let left = at * backends.reduce((sum, { place }) => sum + place.weight, 0);
  return backends.find(({ place }) => (left -= place.weight) < 0);
}

function toward(backend: RoutedBackend | undefined, share: number): Alternative | undefined {
  if (backend === undefined || share === 0) return undefined;
  return { link: backend.link, serviceId: backend.serviceId, share };
}
