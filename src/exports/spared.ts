import type { Service, ServiceCaller } from '../api/objects.js';
import { keyOf } from '../api/resources.js';

/**
 * The Services that `exports.all` leaves out, because the cluster needs them to run. A Link that selects such a
 * Service exports it.
 */
export interface Spared {
  readonly namespaces: ReadonlySet<string>;
  /** Keys of Services. */
  readonly services: ReadonlySet<string>;
}

/** Namespaces that Kubernetes makes for its own use. */
const systemNamespaces = ['kube-system', 'kube-public', 'kube-node-lease'];

/**
 * The namespaces of Kubernetes and our own, and the Services that the API server calls: webhooks, which take any
 * caller for the API server, and aggregated APIs.
 */
export function sparedBy(own: string, callers: Iterable<Readonly<ServiceCaller>>): Spared {
  const services = new Set<string>();
  for (const { webhooks = [], spec } of callers) {
    const called = [spec?.service, ...webhooks.map(({ clientConfig }) => clientConfig?.service)];
    for (const service of called) if (service) services.add(keyOf({ metadata: service }));
  }
  return { namespaces: new Set([...systemNamespaces, own]), services };
}

/** Whether `exports.all` leaves that Service out. */
export function isSpared({ metadata }: Readonly<Service>, { namespaces, services }: Spared): boolean {
  return namespaces.has(metadata.namespace ?? '') || services.has(keyOf({ metadata }));
}

/** Keeps only the names of the called Services: webhook configurations contain CA bundles, and change with them. */
export function reduceCaller({
  apiVersion,
  kind,
  metadata,
  spec,
  webhooks = [],
}: ServiceCaller): ServiceCaller {
  const { name, uid, resourceVersion } = metadata;
  return {
    ...{ apiVersion, kind },
    metadata: {
      name,
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
    },
    ...(spec?.service && { spec: { service: spec.service } }),
    webhooks: webhooks.flatMap(({ clientConfig }) =>
      clientConfig?.service ? [{ clientConfig: { service: clientConfig.service } }] : [],
    ),
  };
}
