import { posix } from 'node:path';

/** One thing in a layer. Paths are absolute; modes default to 0755 for directories and 0644 for files. */
export type Entry =
  | { readonly kind: 'file'; readonly path: string; readonly source: string; readonly mode?: number }
  | { readonly kind: 'text'; readonly path: string; readonly text: string; readonly mode?: number }
  | { readonly kind: 'directory'; readonly path: string; readonly mode?: number }
  | { readonly kind: 'link'; readonly path: string; readonly target: string };

/**
 * Adds the directories that entries lie in, and sorts by path, so that the same entries in another order make the
 * same layer. Of two entries with one path the later wins.
 */
export function complete(entries: readonly Entry[]): Entry[] {
  const byPath = new Map<string, Entry>();
  for (const entry of entries) {
    for (const path of parents(entry.path)) byPath.set(path, byPath.get(path) ?? { kind: 'directory', path });
  }
  for (const entry of entries) byPath.set(entry.path, entry);
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function parents(path: string): string[] {
  const parent = posix.dirname(path);
  return parent === '/' ? [] : [...parents(parent), parent];
}
