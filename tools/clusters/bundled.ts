import { createHash } from 'node:crypto';
import { globSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from '../images/bundle.js';
import { root } from './paths.js';

/** Bundles that nobody has made for so long (ms) are removed: no run lasts that long. */
const kept = 24 * 60 * 60_000;

let made: Promise<string> | undefined;

/**
 * The product as one script, as images have it: its start costs an eighth of the processor time that loading its modules
 * one by one costs, and tests start it hundreds of times. It is made once of each compiler's output.
 */
export function bundledProgram(): Promise<string> {
  return (made ??= makeBundle(join(root, 'build'), join(root, 'build/programs')));
}

/** Bundles what was compiled into a folder below `to` that is named after its content, unless there is one. */
export async function makeBundle(compiled: string, to: string): Promise<string> {
  const folder = join(to, await contentOf(compiled));
  const script = join(folder, 'main.cjs');
  if (await isThere(script)) return script;
  await removeOld(to);
  // other processes make the same at the same time, and none may find half of it
  const mine = await mkdtemp(join(to, 'made-'));
  await bundle(compiled, mine);
  try {
    await rename(mine, folder);
  } catch (error) {
    await rm(mine, { recursive: true });
    if (!(await isThere(script))) throw error;
  }
  return script;
}

async function contentOf(compiled: string): Promise<string> {
  const sources = globSync('src/**/*.js', { cwd: compiled })
    .filter((file) => !file.endsWith('.test.js'))
    .map((file) => join(compiled, file));
  const bundler = fileURLToPath(import.meta.resolve('../images/bundle.js'));
  const hash = createHash('sha256');
  for (const file of [...sources.toSorted(), bundler, join(root, 'package-lock.json')])
    hash.update(file).update(await readFile(file));
  return hash.digest('hex').slice(0, 16);
}

async function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

async function removeOld(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) {
    const { mtimeMs } = await stat(join(folder, name)).catch(() => ({ mtimeMs: Infinity }));
    if (Date.now() - mtimeMs > kept) await rm(join(folder, name), { recursive: true, force: true });
  }
}
