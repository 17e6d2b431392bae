import type { KubeObject } from '../../src/api/objects.js';
import { fieldsOf, ownedBy, reassign, removeAt, same, valueAt, type Writer } from './fields.js';
import { isFields, isTyped, mergePatch, type Fields } from './json.js';
import { Refusal } from './refusal.js';

/** How an object is changed: a body, and who sent it how. */
export interface Change {
  readonly body: Fields;
  readonly how: 'replace' | 'merge' | 'apply';
  readonly writer: Writer;
}

/**
 * The object after a change, not yet stored; undefined when the change changes nothing.
 *
 * @throws Refusal 409 when the body's resourceVersion, 422 when its uid, is another than the object's
 */
export function changed<T extends KubeObject>(current: T, change: Change): T | undefined {
  const { body, writer } = change;
  checkPreconditions(current, body.metadata ?? {});
  const proposed = propose(current as unknown as Fields, change);
  const next = restrict(current as unknown as Fields, proposed, writer.subresource) as unknown as T;
  next.metadata = { ...next.metadata, ...serverFields(current) };
  const taken =
    writer.operation === 'Apply'
      ? fieldsOf(part(body, writer.subresource))
      : new Set([
          ...ownedBy(current, writer),
          ...[...fieldsOf(next)].filter((path) => !same(valueAt(current, path), valueAt(next, path))),
        ]);
  next.metadata.managedFields = reassign(current, next, { writer, taken });
  if (same(sorted(current), sorted(next))) return undefined;
  const generation = current.metadata.generation ?? 1;
  next.metadata.generation = same(content(current), content(next)) ? generation : generation + 1;
  return next;
}

/** What is to be stored for a new object, without what the store itself fills in. */
export function created<T extends KubeObject>(body: T, writer: Writer): T {
  const object = structuredClone(body);
  delete (object as { status?: unknown }).status;
  object.metadata.generation = 1;
  object.metadata.managedFields = reassign(undefined, object, { writer, taken: fieldsOf(object) });
  return object;
}

/** @throws Refusal 409 */
export function checkPreconditions(
  current: KubeObject,
  wanted: { uid?: string; resourceVersion?: string },
): void {
  const { uid, resourceVersion } = current.metadata;
  if (wanted.uid !== undefined && wanted.uid !== uid)
    throw new Refusal(
      409,
      'Conflict',
      `Precondition failed: UID in precondition: ${wanted.uid}, UID in object meta: ${uid}`,
    );
  if (
    wanted.resourceVersion !== undefined &&
    wanted.resourceVersion !== '' &&
    wanted.resourceVersion !== resourceVersion
  )
    throw new Refusal(
      409,
      'Conflict',
      'the object has been modified; please apply your changes to the latest version and try again',
    );
}

function propose(current: Fields, { body, how, writer }: Change): Fields {
  switch (how) {
    case 'replace':
      return structuredClone(body);
    case 'merge':
      return mergePatch(current, body) as Fields;
    case 'apply': {
      const next = structuredClone(current);
      const mine = part(body, writer.subresource);
      const wanted = fieldsOf(mine);
      const others = allOwned(current, writer);
      for (const path of ownedBy(current as unknown as KubeObject, writer))
        if (!wanted.has(path) && !others.has(path)) removeAt(next, path);
      return union(next, mine) as Fields;
    }
    default:
      return how satisfies never;
  }
}

/** A write to the status changes nothing else, and one to the object never its status. */
function restrict(current: Fields, proposed: Fields, subresource: string | undefined): Fields {
  const [outer, inner] = subresource === 'status' ? [current, proposed] : [proposed, current];
  const { status: _status, ...rest } = structuredClone(outer);
  return { ...rest, ...(inner.status !== undefined && { status: structuredClone(inner.status) }) };
}

function part(body: Fields, subresource: string | undefined): Fields {
  if (subresource === 'status') return { status: body.status };
  const { status: _status, ...rest } = body;
  return rest;
}

function serverFields(current: KubeObject) {
  const { name, namespace, uid, resourceVersion, generation, creationTimestamp } = current.metadata;
  return {
    name,
    ...(namespace !== undefined && { namespace }),
    uid,
    resourceVersion,
    generation,
    creationTimestamp,
  } as KubeObject['metadata'];
}

function allOwned(object: Fields, except: Writer): Set<string> {
  const found = new Set<string>();
  for (const { manager = '', operation, subresource } of (object as unknown as KubeObject).metadata
    .managedFields ?? []) {
    const writer: Writer = { manager, operation: operation === 'Apply' ? 'Apply' : 'Update', subresource };
    if (
      writer.manager === except.manager &&
      writer.operation === except.operation &&
      writer.subresource === except.subresource
    )
      continue;
    for (const path of ownedBy(object as unknown as KubeObject, writer)) found.add(path);
  }
  return found;
}

function union(target: unknown, body: unknown): unknown {
  if (isFields(body) && isFields(target)) {
    const merged = { ...target };
    for (const [name, value] of Object.entries(body)) merged[name] = union(merged[name], value);
    return merged;
  }
  if (isTyped(body) && isTyped(target)) {
    const rest = target.filter((item) => !body.some(({ type }) => type === item.type));
    return [
      ...rest,
      ...body.map((item) =>
        union(
          target.find(({ type }) => type === item.type),
          item,
        ),
      ),
    ];
  }
  if (Array.isArray(body) && body.length === 0 && isTyped(target)) return target;
  return structuredClone(body);
}

function content(object: KubeObject): unknown {
  const { metadata: _metadata, ...rest } = object as unknown as Fields;
  delete rest.status;
  return sorted(rest);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((name) => [name, sorted(value[name])]),
  );
}
