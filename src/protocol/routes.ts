import { backendsOfStatus, type BackendRecord, type RemoteService } from '../api/backends.js';
import { conditionOf } from '../api/conditions.js';
import { pooledOf } from '../api/pooled.js';
import type { ServiceMirror } from '../api/servicemirror.js';
import type { Destination } from './applied.js';
import { serviceIdOf } from './serviceid.js';

/** One route of an egress gateway: connections to a port go to a service ID of a peer. */
export interface Route extends Destination {
  readonly port: number;
  /**
   * Its connections speak HTTP and may share tunnels. An implementation may still give each connection a tunnel of
   * its own.
   */
  readonly pooled?: true;
  /**
   * The backends to which its connections may lead, its own among them, each once: those of its mirror, for the same
   * service port. Absent: they lead to its own destination alone.
   */
  readonly backends?: readonly RoutedBackend[];
  /** Where a part of its new connections goes; absent: all go to its own destination. */
  readonly instead?: Alternative;
}

/** One of several backends of a mirror, for one service port. */
export interface RoutedBackend extends Destination, Required<Pick<BackendRecord, 'place'>> {
  /** Its own egress port; absent: it does not have that service port. */
  readonly port?: number;
}

/** Another destination than a route's own. */
export interface Alternative extends Destination {
  /** How many of {@link whole} new connections it gets. */
  readonly share: number;
}

/** All new connections of a route, as a share. */
export const whole = 10_000;

/**
 * The target of connections to that port of a remote service: egress gateways route to it, and the operator expects
 * it.
 */
export function destinationOf({ cluster, ...service }: RemoteService, port: number): Destination {
  return { link: cluster, serviceId: serviceIdOf({ ...service, port }) };
}

/**
 * The routes of one mirror: each egress port of each backend leads to the service that the operator has accepted. All
 * of it comes from the status, which only the operator may write. The spec, which a tenant writes, leads nowhere.
 */
export function routesOfMirror(mirror: Readonly<ServiceMirror>): readonly Route[] {
  if (isRefused(mirror)) return [];
  const { ports: pooled } = pooledOf(mirror);
  const records = backendsOfStatus(mirror);
  const several = records.filter(isRouted);
  const groups = new Map<number, readonly RoutedBackend[]>();
  const groupOf = (port: number) => {
    const group = groups.get(port) ?? several.flatMap((record) => routedBackend(record, port));
    groups.set(port, group);
    return group;
  };
  return records.flatMap((record) =>
    record.ports.flatMap(({ port, gatewayPort }): Route[] => {
      if (gatewayPort === undefined) return [];
      const backends = several.length > 1 ? groupOf(port) : [];
      return [
        {
          ...{ port: gatewayPort, ...destinationOf(record, port) },
          ...(pooled.has(port) && { pooled: true }),
          ...(backends.length > 1 && { backends }),
        },
      ];
    }),
  );
}

/** Whether a backend has an egress port. The operator leaves out the ports of one that it does not accept. */
export function isRouted({ ports }: Pick<BackendRecord, 'ports'>): boolean {
  return ports.some(({ gatewayPort }) => gatewayPort !== undefined);
}

/** A backend that lacks the service port keeps the connections that it has. */
function routedBackend(record: BackendRecord, port: number): RoutedBackend[] {
  const { place, ports } = record;
  if (place === undefined) return [];
  const own = ports.find((one) => one.port === port && one.gatewayPort !== undefined)?.gatewayPort;
  return [{ ...destinationOf(record, port), place, ...(own !== undefined && { port: own }) }];
}

/** Whether the operator has said that it does not accept the mirror. */
export function isRefused(mirror: Readonly<ServiceMirror>): boolean {
  return conditionOf(mirror, 'Accepted')?.status === 'False';
}
