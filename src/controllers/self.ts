import { namespaces } from '../api/resources.js';
import type { KubeClient } from '../runtime/kube.js';
import type { Self } from './caches.js';

/** The identity of this cluster; its name defaults to `c-` and the start of the kube-system namespace's UID. */
export async function readSelf(
  kube: Pick<KubeClient, 'get'>,
  options: { namespace: string; clusterName?: string },
): Promise<Self> {
  const system = await kube.get(namespaces, 'kube-system');
  const uid = system.metadata.uid ?? '';
  return {
    uid,
    cluster: options.clusterName ?? `c-${uid.replaceAll('-', '').slice(0, 10)}`,
    namespace: options.namespace,
  };
}
