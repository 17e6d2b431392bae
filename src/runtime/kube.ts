import type { KubeObject } from '../api/objects.js';
import { keyOf, type Resource } from '../api/resources.js';
import { systemClock, type Clock } from './clock.js';
import type { ConnectionConfig } from './connection.js';
import { isNotFound } from './errors.js';
import { createExchange, type Request } from './exchange.js';
import type { Metrics } from './metrics.js';
import { apiVersionOf, collectionPath, objectPath, query, type Selection } from './paths.js';
import { createTransport } from './transport.js';
import { readWatch, type WatchEvent } from './watch.js';

export * from './errors.js';
export type { Selection } from './paths.js';
export type { WatchEvent } from './watch.js';

/** One page of a list; `continue` asks for the next one. */
export interface Page<T extends KubeObject> {
  items: T[];
  resourceVersion: string;
  continue?: string;
}

/**
 * The calls of one API server. Keys are `namespace/name`, or `name` for what has no namespace. Every call ends within
 * the deadline, and throws ApiError (the server said no), NetworkError (no usable answer) or the signal's reason.
 */
export interface KubeClient {
  readonly server: string;
  /** Under which name our writes are recorded in `managedFields`. */
  readonly fieldManager: string;
  get<T extends KubeObject>(r: Resource<T>, key: string, signal?: AbortSignal): Promise<T>;
  list<T extends KubeObject>(
    r: Resource<T>,
    o: Selection & { limit?: number; continue?: string; resourceVersion?: string },
    signal?: AbortSignal,
  ): Promise<Page<T>>;
  create<T extends KubeObject>(r: Resource<T>, object: T, signal?: AbortSignal): Promise<T>;
  /** RFC 7396. */
  mergePatch<T extends KubeObject>(
    r: Resource<T>,
    key: string,
    body: object,
    o?: { subresource?: 'status' },
    signal?: AbortSignal,
  ): Promise<T>;
  /** Server-side apply (KEP-555) that takes over fields which others hold. */
  apply<T extends KubeObject>(
    r: Resource<T>,
    object: KubeObject,
    o: { fieldManager: string; subresource?: 'status' },
    signal?: AbortSignal,
  ): Promise<T>;
  /** Writes the whole object; carries the resource version that `object` carries. */
  replace<T extends KubeObject>(r: Resource<T>, object: T, signal?: AbortSignal): Promise<T>;
  /** Deletes, dependents in the background; that there is nothing to delete is success. */
  remove<T extends KubeObject>(
    r: Resource<T>,
    key: string,
    preconditions?: { uid?: string; resourceVersion?: string },
    signal?: AbortSignal,
  ): Promise<void>;
  /** One watch, ended by the server after 5 to 10 minutes, or by the signal; see `readWatch`. */
  watch<T extends KubeObject>(
    r: Resource<T>,
    o: Selection & { resourceVersion: string; onOpen?: () => void },
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>>;
  /** GET of any path, such as `/version`. */
  raw(path: string, signal?: AbortSignal): Promise<unknown>;
  close(): Promise<void>;
}

/** What a client may be told besides where the server is. */
export interface KubeOptions {
  readonly fieldManager: string;
  /** Label of this client's metrics. @default 'local' */
  readonly cluster?: string;
  /** For one call with its retries. @default 30000 */
  readonly deadlineMs?: number;
  readonly clock?: Clock;
  readonly metrics?: Metrics;
  readonly random?: () => number;
}

/** Makes a client; it connects at the first call. */
export function createKube(config: ConnectionConfig, options: KubeOptions): KubeClient {
  const {
    fieldManager,
    cluster = 'local',
    deadlineMs = 30_000,
    clock = systemClock,
    metrics,
    random = Math.random,
  } = options;
  const transport = createTransport(config, clock);
  const exchange = createExchange(transport, { clock, deadlineMs, cluster, metrics });
  const manager = query({ fieldManager });

  const send = <T>(r: Resource, request: Omit<Request, 'resource'>, signal?: AbortSignal) =>
    exchange({ ...request, resource: r.plural }, signal) as Promise<T>;

  return {
    server: config.server,
    fieldManager,

    get: (r, key, signal) =>
      send(r, { verb: 'get', method: 'GET', path: objectPath(r, key), repeatable: true }, signal),

    async list<T extends KubeObject>(
      r: Resource<T>,
      o: Selection & { limit?: number; continue?: string; resourceVersion?: string },
      signal?: AbortSignal,
    ) {
      const { namespace, ...parameters } = o;
      const path = collectionPath(r, namespace) + query(parameters);
      const list = await send<{
        items?: T[] | null;
        metadata?: { resourceVersion?: string; continue?: string };
      }>(r, { verb: 'list', method: 'GET', path, repeatable: true }, signal);
      // Items of a list carry neither; whoever holds one object alone needs both.
      const [apiVersion, kind] = [apiVersionOf(r), r.kind];
      const items = list.items ?? [];
      for (const item of items) Object.assign(item, { apiVersion, kind });
      const more = list.metadata?.continue;
      return {
        items,
        resourceVersion: list.metadata?.resourceVersion ?? '',
        ...(more && { continue: more }),
      };
    },

    create: (r, object, signal) =>
      send(
        r,
        {
          verb: 'create',
          method: 'POST',
          path: collectionPath(r, object.metadata.namespace) + manager,
          body: JSON.stringify(object),
          repeatable: false,
        },
        signal,
      ),

    mergePatch: (r, key, body, o, signal) =>
      send(
        r,
        {
          verb: 'patch',
          method: 'PATCH',
          path: objectPath(r, key, o?.subresource) + manager,
          body: JSON.stringify(body),
          contentType: 'application/merge-patch+json',
          repeatable: false,
        },
        signal,
      ),

    apply: (r, object, o, signal) =>
      send(
        r,
        {
          verb: 'apply',
          method: 'PATCH',
          path:
            objectPath(r, keyOf(object), o.subresource) +
            query({ fieldManager: o.fieldManager, force: true }),
          body: JSON.stringify(object),
          contentType: 'application/apply-patch+yaml',
          repeatable: true,
        },
        signal,
      ),

    replace: (r, object, signal) =>
      send(
        r,
        {
          verb: 'update',
          method: 'PUT',
          path: objectPath(r, keyOf(object)) + manager,
          body: JSON.stringify(object),
          repeatable: false,
        },
        signal,
      ),

    async remove(r, key, preconditions, signal) {
      const body = { propagationPolicy: 'Background', ...(preconditions && { preconditions }) };
      // Without a uid a second try could hit an object that was created in between.
      const repeatable = preconditions?.uid !== undefined;
      const request = {
        verb: 'delete',
        method: 'DELETE',
        path: objectPath(r, key),
        body: JSON.stringify(body),
        repeatable,
      } as const;
      try {
        await send(r, request, signal);
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    },

    watch(r, { namespace, onOpen, ...parameters }, signal) {
      const path =
        collectionPath(r, namespace) +
        query({
          ...parameters,
          watch: true,
          allowWatchBookmarks: true,
          // Spread, so that the watches of many replicas do not all come back at once.
          timeoutSeconds: 300 + Math.floor(random() * 300),
        });
      const opened = (code: string) => {
        metrics?.request({ cluster, verb: 'watch', resource: r.plural, code });
        if (code === '200') onOpen?.();
      };
      return readWatch(transport, { path, clock, openMs: deadlineMs, onOpen: opened }, signal);
    },

    raw: (path, signal) =>
      exchange({ verb: 'get', resource: 'raw', method: 'GET', path, repeatable: true }, signal),

    close: () => transport.close(),
  };
}
