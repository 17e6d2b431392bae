import type { Transport } from '../../src/api/link.js';
import type { ServiceMirror } from '../../src/api/servicemirror.js';
import type { BackendView } from '../../src/mirror/view.js';
import { matches } from '../../src/runtime/selector.js';
import { destinationOf } from '../../src/protocol/routes.js';
import { backendOf } from '../../src/transport/backend.js';
import type { Backend } from '../../src/mirror/view.js';
import { aLink, aMirror, aService, aSlice } from './objects.js';
import { endpoint, offering, over, ownedBy, port } from './changes.js';
import { aReport, aView, anEgressPod, someFacts, type ViewFields } from './views.js';

/** A mirror that has been accepted, and its Service. */
export const twofold: ServiceMirror = aMirror();
export const twofoldService = aService('hello', port(80, { name: 'http' }), ownedBy(twofold));

/**
 * A backend of `twofold` as it is concluded from what is seen: service `default/hello` of a cluster with one ready pod, over
 * a Link of that transport; with transport `gateway`, its egress port is routed and its peer exports it.
 */
export function aSeenBackend(
  cluster: string,
  o: { transport?: Transport; pod?: string; view?: ViewFields } = {},
): Backend {
  const { transport = 'flat', pod = '10.9.0.1' } = o;
  const backend = { cluster, namespace: 'default', name: 'hello' };
  const { serviceId } = destinationOf(backend, 80);
  const service = aService('hello', port(80, { name: 'http' }));
  const view: BackendView = aView({
    mirror: twofold,
    local: twofoldService,
    backend,
    link: aLink(cluster, over(transport)),
    remote: { synced: true, service, slices: [aSlice('hello', offering('http'), endpoint(pod))] },
    gatewayPorts: new Map(transport === 'gateway' ? [[80, 10_000]] : []),
    ...o.view,
  });
  const pods = [
    anEgressPod('a', { link: cluster, routes: { 10_000: serviceId }, report: aReport([serviceId]) }),
  ];
  return backendOf({ view, ...(view.link !== undefined && { facts: someFacts(pods) }) }, matches);
}
