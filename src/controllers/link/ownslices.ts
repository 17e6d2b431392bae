import { keys } from '../../api/names.js';
import type { EndpointSlice } from '../../api/objects.js';

/**
 * The kept part of a slice of this cluster: mirrors that have this cluster's own pods among their backends list them
 * with node and reference. Its shape is that of our own API server, so it needs no check.
 */
export function reduceOwnSlice({ apiVersion, kind, metadata, ...slice }: EndpointSlice): EndpointSlice {
  const { name, namespace, uid, resourceVersion, labels } = metadata;
  const service = labels?.[keys.serviceName];
  return {
    ...{ apiVersion, kind },
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(service !== undefined && { labels: { [keys.serviceName]: service } }),
    },
    addressType: slice.addressType,
    endpoints: slice.endpoints ?? [],
    ports: slice.ports ?? [],
  };
}
