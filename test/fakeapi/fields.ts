import type { KubeObject, ManagedFields } from '../../src/api/objects.js';
import { isFields, isTyped, type Fields } from './json.js';

/** Paths of fields, each the JSON of its parts in the notation of KEP-555: `f:name`, `k:{"type":"Ready"}`. */
export type FieldSet = Set<string>;

/** Who writes, and to which part. */
export interface Writer {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly subresource?: string | undefined;
}

const unowned = new Set([
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'managedFields',
]);

/** All leaves of an object that can be owned. */
export function fieldsOf(object: unknown): FieldSet {
  const found: FieldSet = new Set();
  const walk = (value: unknown, path: string[]) => {
    if (isFields(value) && Object.keys(value).length > 0) {
      for (const [name, child] of Object.entries(value)) {
        if (path.length === 0 && (name === 'apiVersion' || name === 'kind')) continue;
        if (path.length === 1 && path[0] === 'f:metadata' && unowned.has(name)) continue;
        walk(child, [...path, `f:${name}`]);
      }
    } else if (isTyped(value)) {
      for (const item of value) walk(item, [...path, `k:${JSON.stringify({ type: item.type })}`]);
    } else found.add(JSON.stringify(path));
  };
  walk(object, []);
  return found;
}

/** The value at a path, or undefined. */
export function valueAt(object: unknown, path: string): unknown {
  let value = object;
  for (const part of JSON.parse(path) as string[]) value = step(value, part);
  return value;
}

/** Takes a leaf out of an object, and list elements and objects that it leaves empty. */
export function removeAt(object: Fields, path: string): void {
  const parts = JSON.parse(path) as string[];
  const chain: unknown[] = [object];
  for (const part of parts) chain.push(step(chain.at(-1), part));
  if (chain.at(-1) === undefined) return;
  for (let depth = parts.length - 1; depth >= 1; depth--) {
    const [parent, part] = [chain[depth], parts[depth] ?? ''];
    const child = chain[depth + 1];
    const leaf = depth === parts.length - 1;
    // The key of a list element goes with the element, when nothing else of it is left.
    if (leaf && part === 'f:type' && parts[depth - 1]?.startsWith('k:')) continue;
    if (!leaf && Object.keys(child ?? {}).some((name) => name !== 'type')) return;
    if (Array.isArray(parent)) parent.splice(parent.indexOf(child), 1);
    else if (isFields(parent)) delete parent[part.slice(2)];
  }
}

function step(value: unknown, part: string): unknown {
  if (part.startsWith('f:')) return isFields(value) ? value[part.slice(2)] : undefined;
  const { type } = JSON.parse(part.slice(2)) as { type: string };
  return isTyped(value) ? value.find((item) => item.type === type) : undefined;
}

/** The set of a writer, as it stands in `managedFields`. */
export function ownedBy(object: KubeObject | undefined, writer: Writer): FieldSet {
  const entry = object?.metadata.managedFields?.find((candidate) => isWriter(candidate, writer));
  return fromTrie(entry?.fieldsV1 ?? {});
}

/**
 * `managedFields` after a write: what the writer changed or applied is its own, what is gone is nobody's.
 *
 * @param taken the writer's set from now on
 */
export function reassign(
  before: KubeObject | undefined,
  after: KubeObject,
  o: { writer: Writer; taken: FieldSet },
): ManagedFields[] {
  const existing = fieldsOf(after);
  const changed = [...o.taken].filter((path) => !same(valueAt(before, path), valueAt(after, path)));
  const entries: ManagedFields[] = [];
  for (const entry of before?.metadata.managedFields ?? []) {
    if (isWriter(entry, o.writer)) continue;
    const left = fromTrie(entry.fieldsV1 ?? {});
    for (const path of left) if (!existing.has(path) || changed.includes(path)) left.delete(path);
    if (left.size > 0) entries.push({ ...entry, fieldsV1: toTrie(left) });
  }
  const taken = new Set([...o.taken].filter((path) => existing.has(path)));
  const { manager, operation, subresource } = o.writer;
  if (taken.size > 0)
    entries.push({ manager, operation, ...(subresource && { subresource }), fieldsV1: toTrie(taken) });
  return entries;
}

/** Whether two JSON values are written alike. */
export function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function isWriter(entry: ManagedFields, writer: Writer): boolean {
  return (
    entry.manager === writer.manager &&
    entry.operation === writer.operation &&
    (entry.subresource ?? '') === (writer.subresource ?? '')
  );
}

function toTrie(paths: FieldSet): Fields {
  const root: Fields = {};
  for (const path of paths) {
    let node = root;
    for (const part of JSON.parse(path) as string[]) node = (node[part] ??= {}) as Fields;
  }
  return root;
}

function fromTrie(trie: Fields): FieldSet {
  const found: FieldSet = new Set();
  const walk = (node: Fields, path: string[]) => {
    if (Object.keys(node).length === 0 && path.length > 0) found.add(JSON.stringify(path));
    for (const [part, below] of Object.entries(node)) walk(below as Fields, [...path, part]);
  };
  walk(trie, []);
  return found;
}
