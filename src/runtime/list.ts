import type { KubeObject } from '../api/objects.js';
import type { Resource } from '../api/resources.js';
import { isGone } from './errors.js';
import type { KubeClient, Page } from './kube.js';
import type { Selection } from './paths.js';

const pageSize = 500;

/**
 * Reads a whole collection in pages of 500. When the server forgets the snapshot between two pages (410), the pages so
 * far are worth nothing, and the collection is read anew in one piece.
 */
export async function listAll<T extends KubeObject>(
  kube: KubeClient,
  resource: Resource<T>,
  selection: Selection,
  signal: AbortSignal,
): Promise<Page<T>> {
  let page = await kube.list(resource, { ...selection, limit: pageSize }, signal);
  const items = page.items;
  while (page.continue !== undefined) {
    try {
      page = await kube.list(resource, { ...selection, limit: pageSize, continue: page.continue }, signal);
    } catch (error) {
      if (!isGone(error)) throw error;
      return kube.list(resource, selection, signal);
    }
    for (const item of page.items) items.push(item);
  }
  return { items, resourceVersion: page.resourceVersion };
}
