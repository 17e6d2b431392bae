import { createInterface } from 'node:readline';
import { Pool } from 'undici';
import type { KubeObject } from '../../../src/api/objects.js';
import { keyOf, type Resource } from '../../../src/api/resources.js';
import { collectionPath, objectPath, query, type Selection } from '../../../src/runtime/paths.js';

/** How the bare client reaches an API server. */
export interface BareAccess {
  readonly server: string;
  /** PEM. */
  readonly ca: string;
  readonly token: string;
}

/** Requests in flight. */
export const inFlight = 32;

/** The least that talks to an API server: no retries, no deadlines, no cache. Every failure is thrown. */
export interface BareClient {
  list<T extends KubeObject>(resource: Resource<T>, where?: Selection): Promise<T[]>;
  /** Tells all that is there, and resolves; then tells every change, until the process ends. */
  follow<T extends KubeObject>(
    resource: Resource<T>,
    where: Selection,
    tell: (object: T, gone: boolean) => void,
  ): Promise<void>;
  create<T extends KubeObject>(resource: Resource<T>, object: T): Promise<T>;
  /** RFC 7396. */
  patch<T extends KubeObject>(resource: Resource<T>, key: string, body: object): Promise<T>;
  /** Writes the status of an object, with the resource version of `object`. */
  replaceStatus<T extends KubeObject>(resource: Resource<T>, object: T): Promise<T>;
}

/** Connects at the first call. */
export function createBareClient({ server, ca, token }: BareAccess): BareClient {
  const calls = new Pool(server, { connections: inFlight, connect: { ca } });
  const watches = new Pool(server, { connect: { ca }, bodyTimeout: 0 });
  const headers = { authorization: `Bearer ${token}`, accept: 'application/json' };

  async function ask(method: string, path: string, body?: object, contentType = 'application/json') {
    const answer = await calls.request({
      ...{ method, path, headers: { ...headers, ...(body && { 'content-type': contentType }) } },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
    return JSON.parse(text) as unknown;
  }

  /** One watch, until the server ends it; the position that it has come to. */
  async function watch<T extends KubeObject>(
    path: string,
    parameters: Parameters<typeof query>[0],
    tell: (object: T, gone: boolean) => void,
  ): Promise<string> {
    let position = String(parameters['resourceVersion']);
    const options = { ...parameters, watch: true, allowWatchBookmarks: true };
    const answer = await watches.request({ method: 'GET', path: path + query(options), headers });
    if (answer.statusCode >= 300) throw new Error(`watch ${path}: ${answer.statusCode}`);
    for await (const line of createInterface(answer.body)) {
      const { type, object } = JSON.parse(line) as { type: string; object: T };
      if (type === 'ERROR') throw new Error(`watch ${path}: ${line}`);
      position = object.metadata.resourceVersion ?? position;
      if (type !== 'BOOKMARK') tell(object, type === 'DELETED');
    }
    return position;
  }

  const pathAndQuery = (resource: Resource, { namespace, ...selectors }: Selection) =>
    [collectionPath(resource, namespace), selectors] as const;
  const everything = async <T extends KubeObject>(resource: Resource<T>, where: Selection) => {
    const [path, selectors] = pathAndQuery(resource, where);
    const answer = await ask('GET', path + query({ ...selectors, resourceVersion: '0' }));
    return answer as { items: T[]; metadata: { resourceVersion: string } };
  };
  return {
    list: async (resource, where = {}) => (await everything(resource, where)).items,
    async follow(resource, where, tell) {
      const { items, metadata } = await everything(resource, where);
      for (const object of items) tell(object, false);
      void (async () => {
        const [path, selectors] = pathAndQuery(resource, where);
        let { resourceVersion } = metadata;
        for (;;) resourceVersion = await watch(path, { ...selectors, resourceVersion }, tell);
      })();
    },
    create: async <T extends KubeObject>(resource: Resource<T>, object: T) =>
      (await ask('POST', collectionPath(resource, object.metadata.namespace), object)) as T,
    patch: async <T extends KubeObject>(resource: Resource<T>, key: string, body: object) =>
      (await ask('PATCH', objectPath(resource, key), body, 'application/merge-patch+json')) as T,
    replaceStatus: async <T extends KubeObject>(resource: Resource<T>, object: T) =>
      (await ask('PUT', objectPath(resource, keyOf(object), 'status'), object)) as T,
  };
}
