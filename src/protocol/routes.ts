import { backendsOfStatus, type RemoteService } from '../api/backends.js';
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
}

/**
 * The target of connections to that port of a remote service: egress gateways route to it, and the operator expects
 * it.
 */
export function destinationOf({ cluster, namespace, name }: RemoteService, port: number): Destination {
  return { link: cluster, serviceId: serviceIdOf({ namespace, name, port }) };
}

/**
 * The routes of one mirror: each egress port of each backend leads to the service that the operator has accepted. All
 * of it comes from the status, which only the operator may write. The spec, which a tenant writes, leads nowhere.
 */
export function routesOfMirror(mirror: Readonly<ServiceMirror>): readonly Route[] {
  if (isRefused(mirror)) return [];
  const { ports: pooled } = pooledOf(mirror);
  return backendsOfStatus(mirror).flatMap((backend) =>
    backend.ports.flatMap(({ port, gatewayPort }): Route[] => {
      if (gatewayPort === undefined) return [];
      const route = { port: gatewayPort, ...destinationOf(backend, port) };
      return pooled.has(port) ? [{ ...route, pooled: true }] : [route];
    }),
  );
}

/** Whether the operator has said that it does not accept the mirror. */
export function isRefused(mirror: Readonly<ServiceMirror>): boolean {
  return conditionOf(mirror, 'Accepted')?.status === 'False';
}
