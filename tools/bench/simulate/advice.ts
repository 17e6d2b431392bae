import type { Settings } from './options.js';
import type { ResourceName } from './resources.js';

const mirrorLess = 'mirror only what is called here (as with --mirrored), or export less';
const split = 'split the mesh, so that a cluster has fewer Links';
const exportLess = 'export to each peer only what it calls (exports.services)';
const select = 'select the exported Services (imports.selector)';
const morePods = 'run more pods (--replicas), or larger ones (--cores)';

/** A Link reads what it selects, mirrored or not. */
const readLess = ({ selector }: Settings) =>
  selector
    ? `let each Link select less (imports.selector), or ${split}`
    : `${select}; then, if need be, mirror less or ${split}`;

const moreMemory = (settings: Settings) =>
  `raise the memory limit of Deployment service-mirror-operator, or divide the Links over replicas (OPERATOR_SHARES); or ${readLess(settings)}`;

/** What to do where the bound of a resource is passed, with these settings. */
export const advice: Readonly<Record<ResourceName, (settings: Settings) => string>> = {
  services: () => `${mirrorLess}; Kubernetes is not tested with more Services, whoever writes them`,
  egressPorts: () =>
    `${mirrorLess}, or mirror fewer ports of each (spec.ports); more pods have the same range`,
  linkPorts: () => `${mirrorLess}, or mirror fewer ports of each (spec.ports)`,
  apiWatches: ({ remoteNamespaces }) =>
    remoteNamespaces > 1 ? 'watch whole clusters (no imports.remoteNamespaces)' : split,
  apiRequests: () => `${split}; where most are writes of statuses, ${mirrorLess}`,
  remoteCache: readLess,
  listBytes: ({ selector }) => (selector ? 'export fewer services with many endpoints' : select),
  listObjects: readLess,
  linkBytes: ({ selector }) =>
    selector ? 'export fewer services whose many endpoints change often' : select,
  operatorMemory: moreMemory,
  operatorHeap: moreMemory,
  operatorCpu: () => `${mirrorLess}; services whose endpoints change often cost most`,
  peersMap: () => split,
  reportIds: () => 'export fewer Services or ports (exports.services)',
  egressCores: () => `${morePods}; clients that keep connections open save handshakes`,
  ingressCores: () => `${morePods}; where probes are most of it, probe less often (gateway.probe.period)`,
  egressAgentCpu: () =>
    `probe less often (gateway.probe.period), or ${split}; more pods do not help, because each probes all peers`,
  egressAgentHeap: () => `raise the memory limit of container egress, or ${exportLess}`,
  ingressAgentHeap: () => `raise the memory limit of container ingress, or ${exportLess}`,
  grantsFile: () => `${exportLess}, or give the folder haproxy more in your manifests`,
  haproxyMemory: () => `${exportLess}, or raise the memory limit of container haproxy`,
};
