import type { KubeObject } from '../../src/api/objects.js';
import type { Resource } from '../../src/api/resources.js';
import type { KubeClient } from '../../src/runtime/kube.js';

/** One event of a watch; the object's resource version is that of the event, for deletions too. */
export interface Seen<T> {
  readonly gone: boolean;
  readonly object: T;
}

/**
 * Follows a kind, in one namespace or all, from what is there now on, as plainly as can be: what the product's own caches do is not to be trusted
 * here. Resolves when all that is there has been told; then it goes on until the signal.
 */
export async function follow<T extends KubeObject>(
  kube: KubeClient,
  resource: Resource<T>,
  options: { readonly namespace?: string; readonly tell: (seen: Seen<T>) => void },
  signal: AbortSignal,
): Promise<void> {
  const { tell, ...where } = options;
  const { items, resourceVersion } = await kube.list(resource, where);
  for (const object of items) tell({ gone: false, object });
  void (async () => {
    let position = resourceVersion;
    while (!signal.aborted) {
      for await (const { type, object } of kube.watch(
        resource,
        { ...where, resourceVersion: position },
        signal,
      )) {
        position = object.metadata.resourceVersion ?? position;
        if (type !== 'BOOKMARK') tell({ gone: type === 'DELETED', object });
      }
    }
  })();
}
