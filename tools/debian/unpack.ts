import { chmod, mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../clusters/exec.js';
import { cacheDir } from '../clusters/paths.js';
import { step, type Progress } from '../clusters/progress.js';
import { download, suite } from './apt.js';

/** A program unpacked beside the C library that it was built for. */
export interface Unpacked {
  /** Runs on this machine, whatever C library that has. */
  readonly program: string;
  /** The packages' files as they would lie under `/`. */
  readonly root: string;
  /** The path of the dynamic loader below `/`. */
  readonly loader: string;
}

/** What is unpacked, and from where. */
export interface Source {
  /** Debian's names; what they depend on comes along. */
  readonly packages: readonly string[];
  /** The program's path below `/`, without the slash in front. */
  readonly path: string;
  /** Name of its folder in the cache. */
  readonly folder: string;
}

const triplet = `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;
/** The path of the dynamic loader below `/`, as Debian has it. */
export const loader = process.arch === 'arm64' ? '/lib/ld-linux-aarch64.so.1' : '/lib64/ld-linux-x86-64.so.2';
/** Where libraries lie below `/`. */
export const libraryFolder = `usr/lib/${triplet}`;
const libraryFolders = [libraryFolder, `lib/${triplet}`];

/** The shared libraries that an unpacked program needs, as ldd(1) prints them. */
export function listed({ root }: Pick<Unpacked, 'root'>, path: string): Promise<string> {
  const paths = libraryFolders.map((name) => join(root, name)).join(':');
  return run([join(root, loader), '--library-path', paths, '--list', join(root, path)]);
}

/**
 * A program from Debian's packages. They are downloaded once, into the cache; nothing is installed, and root is not
 * needed.
 */
export async function ensureUnpacked(source: Source, progress: Progress): Promise<Unpacked> {
  const { packages, path } = source;
  const folder = join(cacheDir, source.folder);
  if (!existsSync(folder))
    await step(`downloading ${packages.join(', ')} of Debian ${suite}`, progress, () =>
      prepare(source, folder),
    );
  return { program: join(folder, nameOf(path)), root: join(folder, 'root'), loader };
}

function prepare({ packages, path }: Source, folder: string): Promise<void> {
  return fillFolder(folder, async (temporary) => {
    const downloaded = await download(packages, join(temporary, 'apt'));
    await unpack(downloaded, join(temporary, 'root'));
    await rm(join(temporary, 'apt'), { recursive: true });
    await writeFile(join(temporary, nameOf(path)), launcher(join(folder, 'root'), path));
    await chmod(join(temporary, nameOf(path)), 0o755);
  });
}

/**
 * Makes a folder that appears whole or not at all; two processes may make it at once.
 *
 * @param fill fills a temporary folder, which it has to make, and which then gets that name
 */
export async function fillFolder(folder: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = `${folder}.${process.pid}`;
  try {
    await fill(temporary);
    await rename(temporary, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Unpacks all packages of a folder into a new root directory; their scripts do not run. */
export async function unpack(packages: string, root: string): Promise<void> {
  await makeRoot(root);
  for (const file of (await readdir(packages)).filter((name) => name.endsWith('.deb')))
    await run([
      'sh',
      '-c',
      'dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink -C "$2"',
      'sh',
      join(packages, file),
      root,
    ]);
}

/** An empty root directory with Debian's merged /usr (its libc6 may still carry files under /lib). */
export async function makeRoot(root: string): Promise<void> {
  await mkdir(join(root, 'usr'), { recursive: true });
  for (const name of ['lib', 'lib64', 'bin', 'sbin']) {
    await mkdir(join(root, 'usr', name));
    await symlink(`usr/${name}`, join(root, name));
  }
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/**
 * A script that runs a program of a root directory with the libraries there. The program is given the script's own name to
 * run again: a master process starts itself anew when it reloads.
 */
export function launcher(root: string, path: string): string {
  const libraries = libraryFolders.map((name) => `$root/${name}`).join(':');
  return `#!/bin/sh
root='${root}'
exec "$root${loader}" --argv0 "$0" --library-path "${libraries}" "$root/${path}" "$@"
`;
}
