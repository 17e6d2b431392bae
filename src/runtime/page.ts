import type { KubeObject } from '../api/objects.js';
import type { Resource } from '../api/resources.js';
import type { Clock } from './clock.js';
import { TooLargeError } from './errors.js';
import { readItems } from './items.js';
import type { Limits } from './limits.js';
import { metered, type Pace } from './pace.js';
import { apiVersionOf, type Selection } from './paths.js';

/** One page of a list; `continue` asks for the next one. */
export interface Page<T extends KubeObject> {
  items: T[];
  resourceVersion: string;
  continue?: string;
}

/** The remaining bounds of a list in pages; reading a page reduces them. */
export interface ListBudget {
  bytes: number;
  objects: number;
}

/** The selection of a list, and the handling of its objects. */
export interface ListOptions<T extends KubeObject> extends Selection {
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
  /** Applied to each object as soon as it is read, so that only the result is held. */
  readonly transform?: ((object: T) => T) | undefined;
  /** @default the client's limits for a whole list */
  readonly budget?: ListBudget | undefined;
}

/** What a page is read with. */
interface Reading<T extends KubeObject> {
  /** The request, for messages. */
  readonly what: string;
  readonly transform: ListOptions<T>['transform'];
  readonly budget: ListBudget;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly pace: Pace | undefined;
}

/**
 * Reads one page while it arrives, object by object, and takes its size from the budget.
 *
 * @throws TooLargeError when the budget does not suffice
 */
export function pageReader<T extends KubeObject>(
  r: Resource<T>,
  { what, transform = (object) => object, budget, limits, clock, pace }: Reading<T>,
): (body: AsyncIterable<Uint8Array>) => Promise<Page<T>> {
  // items of a list have neither; a single object needs both
  const [apiVersion, kind] = [apiVersionOf(r), r.kind];
  return async (body) => {
    const items: T[] = [];
    let bytes = 0;
    const onItem = (item: unknown) => {
      if (items.length >= budget.objects)
        throw new TooLargeError(`${what}: the list has more than ${limits.listObjects} objects`);
      items.push(transform(Object.assign(item as T, { apiVersion, kind })));
    };
    const counted = metered(
      count(body, (length) => (bytes += length)),
      { clock, pace },
    );
    const { objectBytes } = limits;
    const { metadata } = await readItems(counted, { what, objectBytes, bytes: budget.bytes, onItem });
    budget.bytes -= bytes;
    budget.objects -= items.length;
    const { resourceVersion, continue: more } = metadata ?? {};
    return {
      items,
      resourceVersion: typeof resourceVersion === 'string' ? resourceVersion : '',
      ...(typeof more === 'string' && more !== '' && { continue: more }),
    };
  };
}

/** The bounds of a whole list. */
export function budgetOf({ listBytes, listObjects }: Limits): ListBudget {
  return { bytes: listBytes, objects: listObjects };
}

async function* count(
  chunks: AsyncIterable<Uint8Array>,
  add: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    add(chunk.length);
    yield chunk;
  }
}
