import { differing, ImmutableMap } from '../../runtime/immutable.js';
import { maxCommand, type Worker } from './runtime.js';

/** The entries of a map; keys and values are words without spaces. */
export type Entries = ReadonlyMap<string, string>;

/** The plan that changes a map from its present to its desired content. */
export type Plan =
  | { readonly kind: 'none' }
  /** Single commands; removals come first. */
  | {
      readonly kind: 'edit';
      readonly commands: readonly string[];
    }
  /** The whole content, which becomes active in one step; each chunk fits into one command. */
  | { readonly kind: 'replace'; readonly chunks: readonly string[] };

/** From this many changes on, it is cheaper to send everything. */
const manyChanges = 200;

/** Reads what `show map` prints; undefined when a key is there twice, of which only the first counts. */
export function readEntries(text: string): Entries | undefined {
  const entries = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, key, value] = /^0x[0-9a-f]+ (\S+) (.*)$/.exec(line) ?? [];
    if (key === undefined || value === undefined) continue;
    if (entries.has(key)) return undefined;
    entries.set(key, value);
  }
  return entries;
}

/** Plans the change from one content to another. @param current undefined: unknown, so that everything is sent */
export function planMap(path: string, current: Entries | undefined, wanted: Entries): Plan {
  if (current === undefined) return { kind: 'replace', chunks: chunksOf(wanted) };
  const changes: string[] = [];
  const gone: string[] = [];
  for (const key of differing(current, wanted)) {
    const value = wanted.get(key);
    if (value === undefined) gone.push(`del map ${path} ${key}`);
    else changes.push(`${current.has(key) ? 'set' : 'add'} map ${path} ${key} ${value}`);
  }
  const count = gone.length + changes.length;
  if (count === 0) return { kind: 'none' };
  if (count > manyChanges) return { kind: 'replace', chunks: chunksOf(wanted) };
  return { kind: 'edit', commands: [...gone, ...changes] };
}

/** The entries without those that others lack; changed ones get the new value; undefined: all entries stay. */
export function without(entries: Entries, others: Entries): Entries | undefined {
  const stale = differing(entries, others).filter((key) => entries.has(key));
  if (stale.length === 0) return undefined;
  if (entries instanceof ImmutableMap)
    return (entries as ImmutableMap<string, string>).with(stale.map((key) => [key, others.get(key)]));
  const kept = new Map(entries);
  for (const key of stale) {
    const value = others.get(key);
    if (value === undefined) kept.delete(key);
    else kept.set(key, value);
  }
  return kept;
}

/** The entries that stay. */
export function shared(
  maps: ReadonlyMap<string, Entries>,
  others: ReadonlyMap<string, Entries>,
): ReadonlyMap<string, Entries> {
  const alike = (entries: Entries, wanted: Entries) =>
    new Map([...entries].filter(([key, value]) => wanted.get(key) === value));
  return new Map([...maps].map(([path, entries]) => [path, alike(entries, others.get(path) ?? new Map())]));
}

/** The lines of a map, in its file and in commands. */
export function linesOf(entries: Entries): string {
  return Array.from(entries, ([key, value]) => lineOf(key, value)).join('');
}

/** The line of an entry. */
export function lineOf(key: string, value: string): string {
  return `${key} ${value}\n`;
}

/**
 * Executes the plans of maps, by their paths. What is edited takes one connection for all maps.
 *
 * @throws CommandError or SocketError; how much was done is then unknown
 */
export async function applyPlans(worker: Worker, plans: ReadonlyMap<string, Plan>): Promise<void> {
  const commands: string[] = [];
  for (const [path, plan] of plans) {
    if (plan.kind === 'edit') commands.push(...plan.commands);
    if (plan.kind === 'replace') await replace(worker, path, plan.chunks);
  }
  if (commands.length > 0) await worker.tell(...commands);
}

async function replace(worker: Worker, path: string, chunks: readonly string[]): Promise<void> {
  const answer = await worker.ask(`prepare map ${path}`);
  const version = /New version created: (\d+)/.exec(answer)?.[1];
  if (version === undefined) throw new Error(`HAProxy did not prepare ${path}: ${answer.trim()}`);
  for (const chunk of chunks) await worker.tell(`add map @${version} ${path} <<\n${chunk}`);
  await worker.tell(`commit map @${version} ${path}`);
}

function chunksOf(entries: Entries): string[] {
  const chunks: string[] = [];
  let chunk = '';
  for (const [key, value] of entries) {
    const line = lineOf(key, value);
    if (chunk.length + line.length > maxCommand) {
      chunks.push(chunk);
      chunk = '';
    }
    chunk += line;
  }
  return chunk === '' ? chunks : [...chunks, chunk];
}
