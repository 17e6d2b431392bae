import { serverName } from '../../../protocol/serviceid.js';
import { createDerived } from '../../../runtime/derived.js';
import type { ImmutableMap } from '../../../runtime/immutable.js';
import type { Route } from '../../model.js';
import type { PeerBackend } from './egress.js';
import { pooledMark } from './pool.js';

/** The facts of a peer that decide whether its routes are in the map. */
type Called = Pick<PeerBackend, 'link' | 'cluster' | 'endpoints'>;

/** The clusters of the links that can be called, by link: the whole input of entries. */
type Reachable = ReadonlyMap<string, string>;

/** Makes a function that says which links can be called; the same object for as long as these are the same. */
function createReachable(): (callees: readonly Called[]) => Reachable {
  let last: Reachable = new Map();
  return (callees) => {
    const called = callees.filter(({ endpoints }) => endpoints.length > 0);
    const same =
      called.length === last.size && called.every(({ link, cluster }) => last.get(link) === cluster);
    if (!same) last = new Map(called.map(({ link, cluster }) => [link, cluster]));
    return last;
  };
}

/**
 * Makes the map of an egress gateway: by port, `link|server name`, with `|pooled` for pooled ports. A route whose
 * peer cannot be called is left out, which refuses its connections. Only entries with changed routes are made again.
 */
export function createRouteMap(): (
  routes: ImmutableMap<number, Route>,
  callees: readonly Called[],
) => ImmutableMap<string, string> {
  const reachable = createReachable();
  const derive = createDerived<number, Route, string, string>();
  return (routes, callees) => {
    const clusters = reachable(callees);
    return derive(routes, clusters, ({ link, serviceId, pooled }, port) => {
      const cluster = clusters.get(link);
      if (cluster === undefined) return [];
      return [[String(port), `${link}|${serverName(serviceId, cluster)}${pooled ? `|${pooledMark}` : ''}`]];
    });
  };
}
