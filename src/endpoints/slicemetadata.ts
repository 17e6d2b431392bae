import { keys } from '../api/names.js';
import type { EndpointSlice, ObjectMeta } from '../api/objects.js';

/** What a cache keeps of the metadata of a slice: its name, which one it is, and its Service. */
export function sliceMetadata({
  name,
  namespace,
  uid,
  resourceVersion,
  labels,
}: EndpointSlice['metadata']): ObjectMeta {
  const service = labels?.[keys.serviceName];
  return {
    name,
    ...(namespace !== undefined && { namespace }),
    ...(uid !== undefined && { uid }),
    ...(resourceVersion !== undefined && { resourceVersion }),
    ...(service !== undefined && { labels: { [keys.serviceName]: service } }),
  };
}
