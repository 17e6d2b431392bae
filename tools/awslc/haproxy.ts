import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { runAloud, run } from '../clusters/exec.js';
import { cacheDir, root } from '../clusters/paths.js';
import { step, type Progress } from '../clusters/progress.js';
import { download } from '../debian/apt.js';
import {
  fillFolder,
  launcher,
  libraryFolder,
  listed,
  loader,
  makeRoot,
  unpack,
  type Unpacked,
} from '../debian/unpack.js';
import { librariesOf } from '../images/layer.js';
import { awsLcSources, crate, fixes, release, revisionOf, sourceFile, sourceFolder } from './sources.js';

/** HAProxy on AWS-LC, beside the libraries that it needs. */
export interface AwsLcHaproxy extends Unpacked {
  /** Whether it has Debian's security fixes. */
  readonly fixed: boolean;
}

/** Debian's packages in which it is compiled: compilers, tools, and the libraries that Debian's own HAProxy uses. */
const packages = [
  ...['gcc', 'g++', 'make', 'cmake', 'libc6-dev', 'libcrypt-dev', 'liblua5.4-dev', 'libpcre2-dev'],
  ...['libjemalloc-dev', 'dash', 'coreutils', 'sed', 'grep', 'mawk', 'tar', 'gzip', 'xz-utils', 'patch'],
];

/** What it is compiled by, and our own part of it. */
const recipe = ['build.sh', 'defaults.c'].map((name) => join(root, 'tools/awslc', name));

/** Where the program lies below `/`. */
const path = 'usr/sbin/haproxy';

/**
 * HAProxy on AWS-LC, compiled once into the cache, and again when sources or recipe change. It takes apt-get, cargo and
 * unshare(1), but no compiler: that one is Debian's, too, and runs in a root directory of its own.
 *
 * @param wanted `required`: it is not built without Debian's security fixes; `optional`: rather without than not at all
 * @throws when the fixes are required and cannot be had
 */
export async function ensureAwsLcHaproxy(
  wanted: 'required' | 'optional',
  progress: Progress,
): Promise<AwsLcHaproxy> {
  const folders = { fixed: await folderOf(true), plain: await folderOf(false) };
  if (existsSync(folders.fixed)) return built(folders.fixed, true);
  if (wanted === 'optional' && existsSync(folders.plain)) return built(folders.plain, false);
  const archives = await step("fetching HAProxy's sources", progress, () => fetchSources(wanted));
  const fixed = archives.fixes !== undefined;
  if (!fixed) progress(`${fixes.file} cannot be had: HAProxy is built WITHOUT Debian's security fixes`);
  const folder = fixed ? folders.fixed : folders.plain;
  const patience = '(once; 3 minutes of both of two CPUs)';
  if (!existsSync(folder))
    await step(`building HAProxy on AWS-LC ${patience}`, progress, () => build(folder, archives));
  return built(folder, fixed);
}

const lackOfFixes = `Debian's archive does not have ${fixes.file}, the security fixes since HAProxy's release: put that file into ${sourceFolder}, or, for a first try, do without them (make image HAPROXY_BUILD=aws-lc HAPROXY_FIXES=optional)`;

function built(folder: string, fixed: boolean): AwsLcHaproxy {
  return { program: join(folder, 'haproxy'), root: join(folder, 'root'), loader, fixed };
}

async function folderOf(fixed: boolean): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([packages, release, fixed ? fixes : null]));
  for (const file of [...recipe, join(crate.folder, 'Cargo.lock')]) hash.update(await readFile(file));
  return join(cacheDir, `haproxy-aws-lc-${hash.digest('hex').slice(0, 16)}`);
}

interface Archives {
  readonly release: string;
  readonly fixes: string | undefined;
}

async function fetchSources(wanted: 'required' | 'optional'): Promise<Archives> {
  const archive = await sourceFile(release);
  if (archive === undefined) throw new Error(`Debian's archive does not have ${release.file}`);
  const fixing = await sourceFile(fixes).catch((error: unknown) => {
    if (wanted === 'required') throw error;
    return undefined;
  });
  if (fixing === undefined && wanted === 'required') throw new Error(lackOfFixes);
  return { release: archive, fixes: fixing };
}

function build(folder: string, archives: Archives): Promise<void> {
  return fillFolder(folder, async (temporary) => {
    const toolchain = join(temporary, 'toolchain');
    await makeToolchain(toolchain, join(temporary, 'apt'));
    await laySources(join(toolchain, 'build'), archives);
    await compile(toolchain, archives.fixes === undefined ? '-aws-lc' : `-${revisionOf(fixes.file)}-aws-lc`);
    await collect(toolchain, join(temporary, 'root'));
    const text = launcher(join(folder, 'root'), path);
    await writeFile(join(temporary, 'haproxy'), text, { mode: 0o755 });
    await Promise.all(['toolchain', 'apt'].map((name) => rm(join(temporary, name), { recursive: true })));
  });
}

async function makeToolchain(toolchain: string, apt: string): Promise<void> {
  await unpack(await download(packages, apt), toolchain);
  // Debian makes this link when the package is installed
  await symlink('mawk', join(toolchain, 'usr/bin/awk'));
  for (const name of ['dev', 'tmp', 'build']) await mkdir(join(toolchain, name), { recursive: true });
}

async function laySources(folder: string, archives: Archives): Promise<void> {
  await awsLcSources(join(folder, 'aws-lc'));
  await mkdir(join(folder, 'haproxy'));
  await run(['tar', '-xf', archives.release, '--strip-components=1', '-C', join(folder, 'haproxy')]);
  if (archives.fixes !== undefined) await run(['tar', '-xf', archives.fixes, '-C', folder]);
  for (const file of recipe) await copyFile(file, join(folder, basename(file)));
}

/** Whoever is not root becomes it in a namespace of users, as the root directory can be changed by nobody else. */
async function compile(toolchain: string, version: string): Promise<void> {
  const asRoot = process.getuid?.() === 0 ? [] : ['--map-root-user'];
  const inside =
    'mount --rbind /dev "$1/dev" && exec chroot "$1" /usr/bin/env -i PATH=/usr/bin sh /build/build.sh "$2"';
  await runAloud([
    ...(['nice', 'unshare', ...asRoot, '--mount', '--', 'sh', '-c', inside, 'sh'] as const),
    ...[toolchain, version],
  ]);
}

/** The program and its libraries, out of what it was compiled in. */
async function collect(toolchain: string, target: string): Promise<void> {
  const libraries = librariesOf(await listed({ root: toolchain }, 'build/haproxy/haproxy'));
  await makeRoot(target);
  await mkdir(join(target, libraryFolder), { recursive: true });
  for (const library of libraries.filter((one) => one.startsWith(toolchain)))
    await copyFile(await realpath(library), join(target, libraryFolder, basename(library)));
  await copyFile(await realpath(join(toolchain, loader)), join(target, loader));
  await copyFile(join(toolchain, 'build/haproxy/haproxy'), join(target, path));
  await chmod(join(target, path), 0o755);
}
