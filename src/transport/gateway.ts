import { nameOfService } from '../api/backends.js';
import type { ServicePort } from '../api/objects.js';
import { bothFamilies, familyOf } from '../endpoints/family.js';
import { unreachable } from '../endpoints/reach.js';
import type { TransportAnswer, KnownSource, BackendView, Reason, SliceContent } from '../mirror/view.js';
import type { Destination, LinkReport } from '../protocol/applied.js';
import type { PeerReport } from '../protocol/report.js';
import { destinationOf } from '../protocol/routes.js';
import { answerByPods } from './pods.js';
import type { EgressPod, GatewayFacts, TransportPolicy } from './transport.js';

/**
 * Our own gateways: the mirror's endpoints are this cluster's egress pods, on one allocated port for each mirrored
 * port. A slice lists a pod once the pod says that it routes all of them; the pod is ready while it reaches the peer.
 * A port that no pod routes yet is left out, so that a new port does not disturb the others.
 */
export const tunnel: TransportPolicy = {
  limits: { transport: 'gateway', protocols: ['TCP'], headless: false, sessionAffinity: false },
  metadata: () => ({ labels: {}, annotations: {}, sliceAnnotations: {} }),
  families({ facts: { egress } }) {
    const found = new Set(egress.pods.flatMap(({ addresses }) => addresses.map(familyOf)));
    return found.size === 0 ? undefined : bothFamilies.filter((family) => found.has(family));
  },
  answer({ view, link, source, facts: { egress, peerProblem } }) {
    if (source.headless) return answerByPods(view, source);
    const wanted = source.ports.filter((port) => (port.protocol ?? 'TCP') === 'TCP');
    if (!wanted.some((port) => view.gatewayPorts.has(port.port)))
      return keep('Pending', 'waits for an egress port');
    const { ports, pods } = routing(egress.pods, view, wanted);
    // pods with the routes stay listed and not ready: clients get a refusal at once, and not a name without addresses
    if (peerProblem !== undefined)
      return endpoints(slicesOf(pods, ports, { view, isReady: () => false }), whyPeerNotReady(peerProblem));
    if (!egress.complete) return keep('Pending', 'asks the egress gateways');
    if (egress.pods.length === 0)
      return endpoints([], {
        reason: 'NoLocalGateway',
        message: 'no egress gateway pod runs in this cluster; see Deployment service-mirror-egress',
      });
    // when all pods are silent, the fault may be on our side
    if (egress.pods.every(({ applied }) => applied === undefined)) return keep('NoLocalGateway', silence);
    if (pods.length === 0) return endpoints([], unrouted(egress.pods));
    const reports = pods.flatMap(({ applied }) => applied?.links.get(link.metadata.name) ?? []);
    const open = ports.filter((port) => isExported(port, view, reports));
    const notReady = whyNotReady(reports, view, { source, exported: open.length > 0 });
    const isReady = (pod: EgressPod) => notReady === undefined && isHealthy(pod, link.metadata.name);
    return endpoints(slicesOf(pods, ports, { view, isReady }), notReady, remarkOf(wanted, ports, open));
  },
};

const silence = 'no egress gateway pod answers; see Deployment service-mirror-egress';

function keep(reason: Reason['reason'], message: string): TransportAnswer {
  return { kind: 'keep', reason, message };
}

function endpoints(
  slices: readonly SliceContent[],
  notReady: Reason | undefined,
  remark?: string,
): TransportAnswer {
  return {
    kind: 'endpoints',
    slices,
    ...(notReady !== undefined && { notReady }),
    ...(remark !== undefined && { remark }),
  };
}

/** The ports that at least one pod routes, and the pods that route all of these. */
function routing(
  all: readonly EgressPod[],
  view: BackendView,
  wanted: readonly ServicePort[],
): { ports: ServicePort[]; pods: EgressPod[] } {
  const staying = all.filter(({ applied }) => applied !== undefined && !applied.draining);
  const ports = wanted.filter((port) => staying.some((pod) => routes(pod, port, view)));
  const pods = staying.filter((pod) => ports.length > 0 && ports.every((port) => routes(pod, port, view)));
  return { ports, pods };
}

function routes({ applied }: EgressPod, port: ServicePort, view: BackendView): boolean {
  const route = applied?.routes.get(view.gatewayPorts.get(port.port) ?? -1);
  const wanted = destinationFor(port, view);
  return route?.link === wanted.link && route.serviceId === wanted.serviceId;
}

/**
 * Cached, because every change of the pods needs a mirror's destinations for each pod; hashing their service IDs again
 * took a third of that time.
 */
const destinations = new WeakMap<BackendView['mirror'], Map<string, Destination>>();

function destinationFor({ port }: ServicePort, { mirror, backend }: BackendView): Destination {
  const known = destinations.get(mirror) ?? new Map<string, Destination>();
  destinations.set(mirror, known);
  const key = `${backend.cluster} ${port}`;
  const destination = known.get(key) ?? destinationOf(backend, port);
  known.set(key, destination);
  return destination;
}

function unrouted(pods: readonly EgressPod[]): Reason {
  return pods.some(({ applied }) => applied?.draining === false)
    ? { reason: 'Pending', message: 'waits until an egress gateway has loaded the route' }
    : { reason: 'NoLocalGateway', message: silence };
}

function whyPeerNotReady({ reason, message }: NonNullable<GatewayFacts['peerProblem']>): Reason {
  return { reason: reason === 'Pending' ? 'Pending' : 'GatewayUnhealthy', message };
}

function isHealthy(pod: EgressPod, link: string): boolean {
  return pod.applied?.links.get(link)?.healthy ?? false;
}

function isExported(port: ServicePort, view: BackendView, reports: readonly LinkReport[]): boolean {
  const { serviceId } = destinationFor(port, view);
  return reports.some(
    ({ healthy, peer }) => healthy && peer !== undefined && serviceIdSet(peer).has(serviceId),
  );
}

function whyNotReady(
  reports: readonly LinkReport[],
  { backend }: BackendView,
  { source, exported }: { source: KnownSource; exported: boolean },
): Reason | undefined {
  const [first] = reports.filter(({ reason }) => reason !== undefined);
  if (first === undefined)
    return { reason: 'Pending', message: 'waits for the first probe of the remote gateway' };
  if (!reports.some(({ healthy }) => healthy)) {
    const reason = first.reason === 'Unresolved' ? 'GatewayUnresolved' : 'GatewayUnhealthy';
    return { reason, message: first.message ?? 'the remote gateway does not answer its probe' };
  }
  // a pod that is not there is not exported either
  if (backend.hostname !== undefined && source.total === 0)
    return { reason: 'NoReadyEndpoints', message: `no pod has host name "${backend.hostname}" now` };
  if (!exported) {
    return {
      reason: 'NotExported',
      message: `cluster "${backend.cluster}" does not export ${nameOfService(backend)} to this cluster; there, make spec.exports of its Link to this cluster select the service`,
    };
  }
  if (source.ready === 0) return { reason: 'NoReadyEndpoints', message: unreachable(source) };
  return undefined;
}

/** Ports that do not work while others do; most likely they are new. */
function remarkOf(
  wanted: readonly ServicePort[],
  routed: readonly ServicePort[],
  exported: readonly ServicePort[],
): string | undefined {
  const list = (ports: readonly ServicePort[]) => ports.map(({ port }) => port).join(', ');
  const unroutedPorts = wanted.filter((port) => !routed.includes(port));
  const closed = routed.filter((port) => !exported.includes(port));
  const remarks = [
    ...(unroutedPorts.length > 0 ? [`port ${list(unroutedPorts)} is not routed yet`] : []),
    ...(closed.length > 0 ? [`port ${list(closed)} is not exported`] : []),
  ];
  return remarks.length === 0 ? undefined : remarks.join('; ');
}

/** Cached as a set, because a report may list thousands of service IDs, and every mirror of its link searches it. */
const serviceIdSets = new WeakMap<PeerReport, ReadonlySet<string>>();

function serviceIdSet(report: PeerReport): ReadonlySet<string> {
  const known = serviceIdSets.get(report);
  if (known !== undefined) return known;
  const set = new Set(report.serviceIds);
  serviceIdSets.set(report, set);
  return set;
}

/** One slice for each address family; gateway addresses carry no targetRef and no nodeName. */
function slicesOf(
  pods: readonly EgressPod[],
  ports: readonly ServicePort[],
  { view, isReady }: { view: BackendView; isReady: (pod: EgressPod) => boolean },
): SliceContent[] {
  const all = pods.flatMap((pod) => pod.addresses.map((address) => ({ address, ready: isReady(pod) })));
  const families = Map.groupBy(all, ({ address }) => familyOf(address));
  return [...families]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([addressType, addresses]) => ({
      addressType,
      endpoints: addresses
        .toSorted((a, b) => (a.address < b.address ? -1 : 1))
        .map(({ address, ready }) => ({ addresses: [address], conditions: { ready } })),
      ports: ports.map((port) => ({
        name: port.name ?? '',
        port: view.gatewayPorts.get(port.port) ?? 0,
        protocol: 'TCP',
        ...(port.appProtocol !== undefined && { appProtocol: port.appProtocol }),
      })),
    }));
}
