import type { ServicePort } from '../api/objects.js';
import { remoteOf, type Answer, type MirrorView, type Objection, type SliceContent } from '../mirror/view.js';
import { labelOf } from './label.js';
import type { Applied, LinkReport, PeerReport } from './model.js';
import type { EgressPod, Transport, TransportInput } from './transport.js';

/**
 * Our own gateways: the mirror's endpoints are this cluster's egress pods, on one allocated port for each mirrored
 * port. A pod is listed once it says that it routes all of them, and is ready while it reaches the peer.
 */
export const tunnel: Transport = {
  limits: { transport: 'gateway', protocols: ['TCP'], headless: false, sessionAffinity: false },
  metadata: () => ({ labels: {}, annotations: {}, sliceAnnotations: {} }),
  answer(input) {
    const { view, link, source, facts } = input;
    const ports = source.ports.filter((port) => (port.protocol ?? 'TCP') === 'TCP');
    if (ports.some((port) => !view.gatewayPorts.has(port.port)))
      return keep('Pending', 'waits for an egress port');
    if (facts.peerProblem !== undefined)
      return withdrawn(input, ports, { reason: 'GatewayUnhealthy', message: facts.peerProblem });
    if (!facts.egress.settled) return keep('Pending', 'asks the egress gateways');
    if (facts.egress.pods.length === 0)
      return endpoints([], {
        reason: 'NoLocalGateway',
        message: 'no egress gateway pod runs in this cluster; see Deployment service-mirror-egress',
      });
    const routing = facts.egress.pods.filter((pod) => routes(pod.applied, view, ports));
    if (routing.length === 0) return endpoints([], unroutedObjection(facts.egress.pods));
    const reports = routing.map((pod) => pod.applied?.links.get(link.metadata.name));
    const objection = objectionOf(reports, view, ports, source);
    const open = objection === undefined;
    return endpoints(
      slicesOf(routing, view, ports, (pod) => open && isHealthy(pod, link.metadata.name)),
      objection,
    );
  },
};

function keep(reason: Objection['reason'], message: string): Answer {
  return { kind: 'keep', reason, message };
}

function endpoints(slices: readonly SliceContent[], objection: Objection | undefined): Answer {
  return { kind: 'endpoints', slices, ...(objection !== undefined && { objection }) };
}

/** What routes stays listed, not ready: clients see a refusal at once in place of a name without addresses. */
function withdrawn(
  { view, facts }: TransportInput,
  ports: readonly ServicePort[],
  objection: Objection,
): Answer {
  const routing = facts.egress.pods.filter((pod) => routes(pod.applied, view, ports));
  return endpoints(
    slicesOf(routing, view, ports, () => false),
    objection,
  );
}

function routes(applied: Applied | undefined, view: MirrorView, ports: readonly ServicePort[]): boolean {
  if (applied === undefined || applied.draining) return false;
  const service = remoteOf(view.mirror);
  return ports.every((port) => {
    const route = applied.routes.get(view.gatewayPorts.get(port.port) ?? -1);
    return (
      route?.link === view.mirror.spec.cluster && route.label === labelOf({ ...service, port: port.port })
    );
  });
}

function unroutedObjection(pods: readonly EgressPod[]): Objection {
  if (pods.some((pod) => pod.applied !== undefined && !pod.applied.draining))
    return { reason: 'Pending', message: 'waits until an egress gateway has loaded the route' };
  return {
    reason: 'NoLocalGateway',
    message: 'no egress gateway pod answers; see Deployment service-mirror-egress',
  };
}

function isHealthy(pod: EgressPod, link: string): boolean {
  return pod.applied?.links.get(link)?.healthy ?? false;
}

function objectionOf(
  reports: readonly (LinkReport | undefined)[],
  view: MirrorView,
  ports: readonly ServicePort[],
  { ready, total }: { ready: number; total: number },
): Objection | undefined {
  const known = reports.filter((report) => report?.reason !== undefined);
  const healthy = known.filter((report) => report?.healthy === true);
  if (known.length === 0)
    return { reason: 'Pending', message: 'waits for the first probe of the remote gateway' };
  if (healthy.length === 0) {
    const [first] = known;
    const reason = first?.reason === 'Unresolved' ? 'GatewayUnresolved' : 'GatewayUnhealthy';
    return { reason, message: first?.message ?? 'the remote gateway does not answer its probe' };
  }
  const service = remoteOf(view.mirror);
  const exported = (report: LinkReport | undefined) =>
    ports.every(
      (port) =>
        report?.peer !== undefined && labelSet(report.peer).has(labelOf({ ...service, port: port.port })),
    );
  if (!healthy.some(exported)) {
    return {
      reason: 'NotExported',
      message: `cluster "${view.mirror.spec.cluster}" does not export ${service.namespace}/${service.name} to this cluster; there, make spec.exports of its Link to this cluster select the service`,
    };
  }
  if (ready === 0)
    return { reason: 'NoReadyEndpoints', message: `none of the ${total} remote endpoints is ready` };
  return undefined;
}

/** A report may list thousands of labels, and every mirror of its link looks into it. */
const labelSets = new WeakMap<PeerReport, ReadonlySet<string>>();

function labelSet(report: PeerReport): ReadonlySet<string> {
  const known = labelSets.get(report);
  if (known !== undefined) return known;
  const set = new Set(report.labels);
  labelSets.set(report, set);
  return set;
}

/** One slice for each address family; gateway addresses carry no targetRef and no nodeName. */
function slicesOf(
  pods: readonly EgressPod[],
  view: MirrorView,
  ports: readonly ServicePort[],
  isReady: (pod: EgressPod) => boolean,
): SliceContent[] {
  const all = pods.flatMap((pod) => pod.addresses.map((address) => ({ address, ready: isReady(pod) })));
  const families = Map.groupBy(all, ({ address }) =>
    address.includes(':') ? ('IPv6' as const) : ('IPv4' as const),
  );
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
