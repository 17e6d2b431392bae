import type { KubeObject } from '../../api/objects.js';
import type { Resource } from '../../api/resources.js';
import { isGone, TooLargeError } from '../errors.js';
import { budgetOf, type KubeClient, type Page } from '../kube.js';
import type { Selection } from '../paths.js';

const pageSize = 500;

/** How often a list starts again when the server forgets the snapshot between two pages. */
const attempts = 3;

/**
 * Reads a whole collection in pages of 500, within the client's limits. If the server forgets the snapshot between
 * two pages (410), the pages so far are useless, and the list starts again.
 *
 * @throws TooLargeError, also when the server goes on giving pages that are all but empty
 */
export async function listAll<T extends KubeObject>(
  kube: KubeClient,
  resource: Resource<T>,
  o: Selection & { transform?: ((object: T) => T) | undefined },
  signal: AbortSignal,
): Promise<Page<T>> {
  for (let attempt = 1; ; attempt++)
    try {
      return await listPages(kube, resource, o, signal);
    } catch (error) {
      if (!isGone(error) || attempt === attempts) throw error;
    }
}

async function listPages<T extends KubeObject>(
  kube: KubeClient,
  resource: Resource<T>,
  o: Selection & { transform?: ((object: T) => T) | undefined },
  signal: AbortSignal,
): Promise<Page<T>> {
  const budget = budgetOf(kube.limits);
  // servers fill all pages but the last; twice as many allow for objects that are deleted meanwhile
  const mostPages = 1 + Math.ceil((2 * budget.objects) / pageSize);
  const items: T[] = [];
  let more: string | undefined;
  for (let pages = 1; ; pages++) {
    if (pages > mostPages)
      throw new TooLargeError(`LIST ${resource.plural}: the list has more than ${mostPages} pages`);
    const token = more === undefined ? {} : { continue: more };
    const page = await kube.list(resource, { ...o, limit: pageSize, ...token, budget }, signal);
    for (const item of page.items) items.push(item);
    if (page.continue === undefined) return { items, resourceVersion: page.resourceVersion };
    more = page.continue;
  }
}
