import type { Destination } from '../../../protocol/applied.js';
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
 * Makes the map of an egress gateway: by port, `link|server name`. `|pooled` follows for pooled ports, and the other
 * link, its server name and its share for a port with an alternative; then the third field is there in any case. A
 * route none of whose peers can be called is left out, which refuses its connections. Only entries with changed routes
 * are made again.
 */
export function createRouteMap(): (
  routes: ImmutableMap<number, Route>,
  callees: readonly Called[],
) => ImmutableMap<string, string> {
  const reachable = createReachable();
  const derive = createDerived<number, Route, string, string>();
  return (routes, callees) => {
    const clusters = reachable(callees);
    return derive(routes, clusters, (route, port) => {
      const { instead } = route;
      const where = (destination: Destination | undefined): string | undefined => {
        const { link = '', serviceId = '' } = destination ?? {};
        const cluster = clusters.get(link);
        return cluster === undefined ? undefined : `${link}|${serverName(serviceId, cluster)}`;
      };
      const [own, other] = [where(route), where(instead)];
      const first = own ?? other;
      if (first === undefined) return [];
      const mark = route.pooled ? `|${pooledMark}` : '';
      const isDivided = own !== undefined && other !== undefined && instead !== undefined;
      const more = isDivided ? `${mark || '|'}|${other}|${instead.share}` : mark;
      return [[String(port), first + more]];
    });
  };
}
