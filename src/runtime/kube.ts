import type { KubeObject } from '../api/objects.js';
import { keyOf, type Resource } from '../api/resources.js';
import { systemClock, type Clock } from './clock.js';
import type { ConnectionConfig } from './connection.js';
import { isNotFound } from './errors.js';
import { createExchange, type Request } from './exchange.js';
import { localLimits, type Limits } from './limits.js';
import { createPace } from './pace.js';
import type { Metrics } from './metrics.js';
import { budgetOf, pageReader, type ListOptions, type Page } from './page.js';
import { collectionPath, objectPath, query, type Selection } from './paths.js';
import { createTransport } from './http.js';
import { readWatch, type WatchEvent } from './watch.js';

export * from './errors.js';
export { budgetOf, type Page } from './page.js';
export type { Selection } from './paths.js';
export type { WatchEvent } from './watch.js';

/**
 * The calls of one API server. Keys are `namespace/name`, or `name` for what has no namespace. Every call ends within
 * the deadline, and throws ApiError (the server said no), NetworkError (no usable answer), TooLargeError (more than the
 * limits allow) or the signal's reason.
 */
export interface KubeClient {
  readonly server: string;
  readonly limits: Limits;
  /** The name of our writes in `managedFields`. */
  readonly fieldManager: string;
  /** The metrics and the label of its calls; reflectors use both, too. */
  readonly counted?: { readonly metrics: Metrics; readonly cluster: string };
  get<T extends KubeObject>(r: Resource<T>, key: string, signal?: AbortSignal): Promise<T>;
  list<T extends KubeObject>(r: Resource<T>, o: ListOptions<T>, signal?: AbortSignal): Promise<Page<T>>;
  create<T extends KubeObject>(r: Resource<T>, object: T, signal?: AbortSignal): Promise<T>;
  /** POST to a subresource of an object, such as `token` of a ServiceAccount; never tried twice. */
  post<T>(
    r: Resource,
    o: { readonly key: string; readonly subresource: string; readonly body: object },
    signal?: AbortSignal,
  ): Promise<T>;
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
  /** Writes the whole object or its whole status, with the resource version of `object`. */
  replace<T extends KubeObject>(
    r: Resource<T>,
    object: T,
    o?: { fieldManager?: string; subresource?: 'status' },
    signal?: AbortSignal,
  ): Promise<T>;
  /** Deletes an object, and its dependents in the background; an absent object is a success. */
  remove<T extends KubeObject>(
    r: Resource<T>,
    key: string,
    preconditions?: { uid?: string; resourceVersion?: string },
    signal?: AbortSignal,
  ): Promise<void>;
  /** One watch, which the server ends after 5 to 10 minutes, or the signal; see `readWatch`. */
  watch<T extends KubeObject>(
    r: Resource<T>,
    o: Selection & { resourceVersion: string; onOpen?: () => void },
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>>;
  /** GET of any path, such as `/version`. */
  raw(path: string, signal?: AbortSignal): Promise<unknown>;
  close(): Promise<void>;
}

/** The options of a client besides the server's address. */
export interface KubeOptions {
  readonly fieldManager: string;
  /** Label of this client's metrics. @default 'local' */
  readonly cluster?: string;
  /** For one call with its retries. @default 30000 */
  readonly deadlineMs?: number;
  /** @default those for our own API server */
  readonly limits?: Limits;
  /**
   * Plural names of what its callers write and hold back by themselves: if the server has too much to do (429, 503), such
   * a write throws at once. Other calls wait for as long as the server asks. @default none
   */
  readonly heldBack?: ReadonlySet<string>;
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
    limits = localLimits,
    heldBack = new Set(),
    clock = systemClock,
    metrics,
    random = Math.random,
  } = options;
  const transport = createTransport(config, { clock, limits });
  const pace = limits.rate === undefined ? undefined : createPace(limits.rate, clock);
  const exchange = createExchange(transport, { clock, deadlineMs, cluster, metrics, heldBack });
  const managedBy = (name = fieldManager) => query({ fieldManager: name });

  const send = <T>(r: Resource, request: Omit<Request, 'resource'>, signal?: AbortSignal) =>
    exchange({ ...request, resource: r.plural }, signal) as Promise<T>;
  const post = <T>(r: Resource, path: string, object: object, signal?: AbortSignal) => {
    const body = JSON.stringify(object);
    const request = {
      verb: 'create',
      method: 'POST',
      path: path + managedBy(),
      body,
      repeatable: false,
    } as const;
    return send<T>(r, request, signal);
  };

  return {
    server: config.server,
    fieldManager,
    ...(metrics !== undefined && { counted: { metrics, cluster } }),
    limits,

    get: (r, key, signal) =>
      send(r, { verb: 'get', method: 'GET', path: objectPath(r, key), repeatable: true }, signal),

    async list<T extends KubeObject>(r: Resource<T>, o: ListOptions<T>, signal?: AbortSignal) {
      const { namespace, transform, budget = budgetOf(limits), ...parameters } = o;
      const path = collectionPath(r, namespace);
      const read = pageReader(r, { what: `LIST ${path}`, transform, budget, limits, clock, pace });
      const wait = pace?.wait('') ?? 0;
      if (wait > 0) await clock.sleep(wait, signal);
      const request = { verb: 'list', method: 'GET', repeatable: true, read } as const;
      return send<Page<T>>(r, { ...request, path: path + query(parameters) }, signal);
    },

    create: (r, object, signal) => post(r, collectionPath(r, object.metadata.namespace), object, signal),

    post: (r, { key, subresource, body }, signal) => post(r, objectPath(r, key, subresource), body, signal),

    mergePatch: (r, key, body, o, signal) =>
      send(
        r,
        {
          verb: 'patch',
          method: 'PATCH',
          path: objectPath(r, key, o?.subresource) + managedBy(),
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

    replace: (r, object, o, signal) =>
      send(
        r,
        {
          verb: 'update',
          method: 'PUT',
          path: objectPath(r, keyOf(object), o?.subresource) + managedBy(o?.fieldManager),
          body: JSON.stringify(object),
          repeatable: false,
        },
        signal,
      ),

    async remove(r, key, preconditions, signal) {
      const body = { propagationPolicy: 'Background', ...(preconditions && { preconditions }) };
      // without a uid a second try could delete an object that was created in between
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
          // spread, so that the watches of many replicas do not come back at the same time
          timeoutSeconds: 300 + Math.floor(random() * 300),
        });
      const opened = (code: string) => {
        metrics?.request({ cluster, verb: 'watch', resource: r.plural, code });
        if (code === '200') onOpen?.();
      };
      return readWatch(transport, { path, clock, openMs: deadlineMs, limits, pace, onOpen: opened }, signal);
    },

    raw: (path, signal) =>
      exchange({ verb: 'get', resource: 'raw', method: 'GET', path, repeatable: true }, signal),

    close: () => transport.close(),
  };
}
