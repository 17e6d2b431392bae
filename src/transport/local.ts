import { localCluster } from '../api/backends.js';
import type { Link } from '../api/link.js';
import { keys } from '../api/names.js';
import { apiVersion, links } from '../api/resources.js';
import { familiesOf } from '../mirror/family.js';
import { unreachable } from '../mirror/reach.js';
import { federated } from './linkerd.js';
import type { TransportPolicy } from './transport.js';

/**
 * Stands for a Link to this cluster itself. No user can write it: a Link may not be called `local`. Its backends are
 * Services of the mirror's own namespace.
 */
export const localLink: Readonly<Link> = {
  apiVersion,
  kind: links.kind,
  metadata: { name: localCluster },
  spec: { clusterDomain: 'cluster.local', transport: 'flat', credentialsSecretRef: { name: localCluster } },
};

/**
 * This cluster's own pods: the mirror lists them as their own Service does, with their nodes and references, which
 * mean something here.
 */
export const local: TransportPolicy = {
  limits: { transport: 'flat', protocols: ['TCP', 'UDP', 'SCTP'], headless: true, sessionAffinity: true },
  metadata: ({ view }) =>
    view.isMeshed
      ? federated({ [keys.localDiscovery]: view.backend.name })
      : { labels: {}, annotations: {}, sliceAnnotations: {} },
  families({ source: { service, headless } }) {
    return service === undefined || headless ? undefined : familiesOf(service);
  },
  answer({ source }) {
    if (source.kind === 'remembered')
      return { kind: 'keep', reason: 'Pending', message: "waits for this cluster's own endpoint slices" };
    const names = new Set(source.ports.map((port) => port.name ?? ''));
    const slices = source.slices
      .filter(({ addressType }) => addressType !== 'FQDN')
      .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
      .map(({ addressType, endpoints = [], ports = [] }) => ({
        addressType,
        // hints for zones are left out, since endpoints of other clusters have none
        endpoints: (endpoints ?? []).map(({ hints: _hints, ...endpoint }) => endpoint),
        ports: (ports ?? []).filter(({ name = '' }) => names.has(name)),
      }));
    if (source.ready > 0) return { kind: 'endpoints', slices };
    const notReady = { reason: 'NoReadyEndpoints', message: unreachable(source) } as const;
    return { kind: 'endpoints', slices, notReady };
  },
};
