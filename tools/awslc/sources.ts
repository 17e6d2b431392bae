import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { CommandFailed, run } from '../clusters/exec.js';
import { cacheDir, root } from '../clusters/paths.js';
import { downloadSource, suite } from '../debian/apt.js';

/** A file of Debian's source package of HAProxy. */
export interface SourceFile {
  readonly file: string;
  /** Hexadecimal. */
  readonly sha256: string;
  readonly part: 'tar' | 'diff';
}

/** The release of HAProxy, as its authors published it. */
export const release: SourceFile = {
  file: 'haproxy_3.0.11.orig.tar.gz',
  sha256: 'a133e2d550c5fd9a849b5c7ab17bb945bcdad209ca140d41f45ebf31943ae783',
  part: 'tar',
};

/** The security fixes that Debian has made to it since. */
export const fixes: SourceFile = {
  file: 'haproxy_3.0.11-1+deb13u5.debian.tar.xz',
  sha256: '4813ae213ac03eeff59aa2bf585fb63b906a9d263a5e0bb8bd386a63d31c8e60',
  part: 'diff',
};

/** `1+deb13u5` of `haproxy_3.0.11-1+deb13u5.debian.tar.xz`. */
export function revisionOf(file: string): string {
  return /-([^-]+)\.debian\.tar/.exec(file)?.[1] ?? '';
}

/** The crate that carries AWS-LC's sources; `Cargo.lock` pins its checksum. */
export const crate = { folder: join(root, 'tools/awslc/crate'), name: 'aws-lc-sys-0.47.0' } as const;

/** Source files are kept here, and looked for here first: whoever has one may lay it down. */
export const sourceFolder = join(cacheDir, 'sources');

/**
 * A source file out of {@link sourceFolder}, or from Debian's archive.
 *
 * @returns its path, or undefined where the archive does not have it
 * @throws when the file that the archive has is another one
 */
export async function sourceFile(
  { file, sha256, part }: SourceFile,
  folder = sourceFolder,
  download = downloadSource,
): Promise<string | undefined> {
  const path = join(folder, file);
  if (existsSync(path) && (await digestOf(path)) === sha256) return path;
  await mkdir(folder, { recursive: true });
  const temporary = await mkdtemp(join(folder, 'download-'));
  try {
    if (!(await download('haproxy', part, temporary))) return undefined;
    const found = join(temporary, file);
    if (!existsSync(found)) throw new Error(replaced(file, await readdir(temporary)));
    const got = await digestOf(found);
    if (got !== sha256) throw new Error(`${file} of Debian ${suite} has the checksum ${got}, not ${sha256}`);
    await rename(found, path);
    return path;
  } finally {
    await rm(temporary, { recursive: true });
  }
}

function replaced(file: string, found: readonly string[]): string {
  const now = found.filter((name) => name.startsWith('haproxy_')).join(', ');
  return `Debian ${suite} has ${now || 'no source of HAProxy'} in place of ${file}: read its changelog, and name it in tools/awslc/sources.ts`;
}

/** Lays AWS-LC's sources into a folder, checked by cargo. */
export async function awsLcSources(folder: string): Promise<void> {
  const vendored = `${folder}.crates`;
  const manifest = join(crate.folder, 'Cargo.toml');
  try {
    await run(['cargo', 'vendor', '--locked', '--versioned-dirs', '--manifest-path', manifest, vendored]);
    await rename(join(vendored, crate.name, 'aws-lc'), folder);
  } catch (cause) {
    if (cause instanceof CommandFailed) throw cause;
    throw new Error("cargo is needed to get AWS-LC's sources from crates.io: https://rustup.rs", { cause });
  } finally {
    await rm(vendored, { recursive: true, force: true });
  }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
