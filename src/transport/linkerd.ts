import { keys } from '../api/names.js';
import type { ServicePort } from '../api/objects.js';
import { familyOf } from '../endpoints/family.js';
import { unreachable } from '../endpoints/reach.js';
import type {
  BackendView,
  KnownSource,
  SliceContent,
  TransportAnswer,
  TransportMetadata,
} from '../mirror/view.js';
import { answerByPods } from './pods.js';
import type { ProbedGateway, TransportPolicy } from './transport.js';

/**
 * Linkerd's gateway: every port leads to the gateway's port. The client's own Linkerd proxy does the rest, controlled
 * by the annotations on the slices. A gateway address has no targetRef, because the proxy would take it for a pod.
 */
export const linkerd: TransportPolicy = {
  limits: { transport: 'linkerd', protocols: ['TCP'], headless: false, sessionAffinity: false },
  metadata({ view, link }) {
    const { namespace, name, hostname } = view.backend;
    // Linkerd's own federated Services name no cluster in a label
    if (view.isMeshed) return federated({ [keys.remoteDiscovery]: `${name}@${link.metadata.name}` });
    const pod = hostname === undefined ? '' : `${hostname}.`;
    const identity = link.spec.gateway?.identity;
    const parent = hostname === undefined ? undefined : view.mirror.metadata.labels?.[keys.headlessMirror];
    const cluster = link.metadata.name;
    return {
      labels: {
        ...{ [keys.mirroredService]: 'true', [keys.clusterName]: cluster },
        ...(parent !== undefined && { [keys.headlessMirror]: parent }),
        ...(isDiscovered(view) && {
          [keys.remoteDiscovery]: cluster,
          [keys.remoteDiscoveryService]: name,
        }),
      },
      annotations: { [keys.remoteFqName]: `${pod}${name}.${namespace}.svc.${link.spec.clusterDomain}` },
      sliceAnnotations: identity === undefined ? {} : { [keys.gatewayIdentity]: identity },
    };
  },
  // the client's proxy finds the endpoints of any address, and uses those of either family
  families: () => undefined,
  answer({ view, source, facts: { probed } }) {
    if (isDiscovered(view)) return discovered(source);
    if (source.headless) return answerByPods(view, source);
    if (probed?.health === undefined)
      return { kind: 'keep', reason: 'Pending', message: 'waits for the first probe of the Linkerd gateway' };
    if (probed.addresses.length === 0)
      return { kind: 'keep', reason: 'GatewayUnresolved', message: probed.health.message };
    const alive = source.ready > 0;
    const slices = sliceOf(probed, source.ports, alive);
    if (!probed.health.healthy)
      return {
        kind: 'endpoints',
        slices,
        notReady: { reason: 'GatewayUnhealthy', message: probed.health.message },
      };
    if (!alive)
      return {
        kind: 'endpoints',
        slices,
        notReady: {
          reason: 'NoReadyEndpoints',
          message: unreachable(source),
        },
      };
    return { kind: 'endpoints', slices };
  },
};

/**
 * Whether Linkerd's proxies go to the remote pods themselves (`mirror.linkerd.io/exported: remote-discovery`): their
 * destination controller asks the remote API server for the endpoints, in the namespace of the mirror.
 */
function isDiscovered({ mirror, backend, remote, local, isMeshed }: BackendView): boolean {
  // they would find all pods, and the names of pods lead to the mirrors of these
  const known = remote?.service ?? local;
  if (backend.hostname !== undefined || known?.spec.clusterIP === 'None') return false;
  if (isMeshed) return true;
  // a Service of another namespace would be another one
  if (backend.namespace !== mirror.metadata.namespace) return false;
  // while the remote cluster cannot be seen, the mirror stays what it is
  if (remote?.service === undefined && remote?.synced !== true)
    return local?.metadata.labels?.[keys.remoteDiscovery] === backend.cluster;
  return remote.service?.metadata.labels?.[keys.exported] === 'remote-discovery';
}

/**
 * One cluster of a federated mirror, all of which stand in one annotation: proxies find the endpoints of each, and those
 * of this cluster's own Service, whatever slices there are.
 */
export function federated(annotations: TransportMetadata['annotations']): TransportMetadata {
  return { labels: { [keys.mirroredService]: 'true' }, annotations, sliceAnnotations: {} };
}

function discovered(source: KnownSource): TransportAnswer {
  const none = { reason: 'NoReadyEndpoints', message: unreachable(source) } as const;
  return {
    ...{ kind: 'endpoints', slices: [], discovered: true },
    ...(source.ready === 0 && { notReady: none }),
  };
}

/** One slice for each address family and gateway port, since the ports of a slice apply to all its endpoints. */
function sliceOf(probed: ProbedGateway, ports: readonly ServicePort[], alive: boolean): SliceContent[] {
  const groups = Map.groupBy(probed.addresses, ({ ip, port }) => `${familyOf(ip)}|${port}`);
  return [...groups]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, addresses]) => {
      const [family = 'IPv4', gatewayPort] = key.split('|');
      return {
        addressType: family === 'IPv6' ? 'IPv6' : 'IPv4',
        endpoints: addresses
          .toSorted((a, b) => (a.ip < b.ip ? -1 : 1))
          .map(({ ip, healthy }) => ({ addresses: [ip], conditions: { ready: alive && healthy } })),
        ports: ports
          .filter((port) => (port.protocol ?? 'TCP') === 'TCP')
          .map((port) => ({
            name: port.name ?? '',
            port: Number(gatewayPort),
            protocol: 'TCP',
            ...(port.appProtocol !== undefined && { appProtocol: port.appProtocol }),
          })),
      };
    });
}
