import { posix } from 'node:path';
import { run } from '../clusters/exec.js';

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

/** A program of this machine, as `path` in the image, with the shared libraries and the loader that it needs. */
export async function programEntries(source: string, path: string): Promise<Entry[]> {
  const libraries = librariesOf(await run(['ldd', source]));
  return [
    { kind: 'file', path, source, mode: 0o755 },
    ...libraries.map((library): Entry => ({ kind: 'file', path: library, source: library, mode: 0o755 })),
  ];
}

/** The absolute paths in what ldd(1) prints; the kernel's vdso has none. */
export function librariesOf(ldd: string): string[] {
  return ldd.split('\n').flatMap((line) => /(?:=> |^\s*)(\/\S+) \(0x/.exec(line)?.[1] ?? []);
}
