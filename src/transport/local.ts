import { localCluster } from '../api/backends.js';
import type { Link } from '../api/link.js';
import { keys } from '../api/names.js';
import { apiVersion, links } from '../api/resources.js';
import { listing } from './flat.js';
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
export const local: TransportPolicy = listing({
  metadata: ({ view }) =>
    view.isMeshed
      ? federated({ [keys.localDiscovery]: view.backend.name })
      : { labels: {}, annotations: {}, sliceAnnotations: {} },
  // hints for zones are left out, since endpoints of other clusters have none
  copyEndpoint: ({ hints: _hints, ...endpoint }) => endpoint,
  waitsFor: "this cluster's own endpoint slices",
});
