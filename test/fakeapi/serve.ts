import type { KubeObject } from '../../src/api/objects.js';
import { keyOf } from '../../src/api/resources.js';
import type { Fields } from './json.js';
import { Refusal } from './refusal.js';
import { keyOfRoute, selected, type Route } from './route.js';
import type { Seen } from './seen.js';
import type { Collection, Store } from './store.js';
import { changed, checkPreconditions, created, type Change } from './writes.js';

/** An answer before it is written. */
export interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/** Does what a request other than a watch asks for. @throws Refusal */
export function serve(store: Store, route: Route, seen: Seen): Reply {
  const collection = store.collection(route.id);
  const manager = seen.query.get('fieldManager') ?? 'unknown';
  switch (seen.method) {
    case 'GET':
      return route.name === undefined
        ? list(store, route)
        : { status: 200, body: existing(collection, route) };
    case 'POST':
      return create(collection, route, { body: bodyOf(seen), manager });
    case 'PUT':
      return write(collection, route, { ...change(route, manager), body: bodyOf(seen), how: 'replace' });
    case 'PATCH':
      return patch(collection, route, seen, manager);
    case 'DELETE': {
      checkPreconditions(existing(collection, route), seen.body?.preconditions ?? {});
      return { status: 200, body: collection.delete(keyOfRoute(route)) };
    }
    default:
      throw new Refusal(405, 'MethodNotAllowed', `no ${seen.method} here`);
  }
}

function list(store: Store, route: Route): Reply {
  const { query, id } = route;
  const limit = Number(query.get('limit') ?? '0');
  const token = query.get('continue');
  const [version = '', after = ''] = token === null ? [String(store.version)] : atob(token).split(' ');
  if (token !== null && store.collection(id).since(Number(version)) === undefined)
    throw new Refusal(410, 'Expired', 'the provided continue parameter is too old');
  const all = store
    .collection(id)
    .list()
    .filter((object) => selected(route, object) && keyOf(object) > after);
  const page = limit > 0 ? all.slice(0, limit) : all;
  const last = page.at(-1);
  const more = last !== undefined && page.length < all.length ? btoa(`${version} ${keyOf(last)}`) : undefined;
  // As in the real thing, the items of a list do not say their kind.
  const items = page.map(({ apiVersion: _apiVersion, kind: _kind, ...rest }) => rest);
  return {
    status: 200,
    body: { kind: 'List', apiVersion: 'v1', metadata: { resourceVersion: version, continue: more }, items },
  };
}

function create(
  collection: Collection,
  route: Route,
  { body, manager }: { body: Fields; manager: string },
): Reply {
  const object = body as unknown as KubeObject;
  const metadata = {
    ...object.metadata,
    ...(route.namespace !== undefined && { namespace: route.namespace }),
  };
  if (collection.get(keyOf({ metadata })) !== undefined)
    throw new Refusal(409, 'AlreadyExists', `${route.plural} "${metadata.name}" already exists`);
  return {
    status: 201,
    body: collection.add(created({ ...object, metadata }, { manager, operation: 'Update' })),
  };
}

function patch(collection: Collection, route: Route, seen: Seen, manager: string): Reply {
  const body = bodyOf(seen);
  switch (seen.contentType) {
    case 'application/merge-patch+json':
      return write(collection, route, { ...change(route, manager), body, how: 'merge' });
    case 'application/apply-patch+yaml': {
      const writer = { ...change(route, manager).writer, operation: 'Apply' as const };
      if (collection.get(keyOfRoute(route)) === undefined && route.subresource === undefined)
        return { status: 201, body: collection.add(created(body as unknown as KubeObject, writer)) };
      return write(collection, route, { writer, body, how: 'apply' });
    }
    default:
      throw new Refusal(415, 'UnsupportedMediaType', `no patch of type ${seen.contentType}`);
  }
}

function change(route: Route, manager: string): Pick<Change, 'writer'> {
  return { writer: { manager, operation: 'Update', subresource: route.subresource } };
}

function write(collection: Collection, route: Route, wanted: Change): Reply {
  const current = existing(collection, route);
  const next = changed(current, wanted);
  // A write that changes nothing is no write: real servers keep the resource version, too.
  return { status: 200, body: next === undefined ? current : collection.set(next) };
}

function existing(collection: Collection, route: Route): KubeObject {
  const found = collection.get(keyOfRoute(route));
  if (found === undefined) throw new Refusal(404, 'NotFound', `${route.plural} "${route.name}" not found`);
  return found;
}

function bodyOf(seen: Seen): Fields {
  if (seen.body === undefined) throw new Refusal(400, 'BadRequest', 'no body');
  return seen.body;
}
