import { run } from '../clusters/exec.js';
import type { Entry } from './layer.js';

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
