import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandFailed, run } from '../clusters/exec.js';

/** Debian 13, as its archive calls it. */
export const suite = 'trixie';

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * The sources of one release alone; what the machine itself installs from plays no part.
 *
 * @param type `deb`: of packages; `deb-src`: of their sources
 */
export function sourcesOf(type: 'deb' | 'deb-src'): string {
  const archives = [
    ['http://deb.debian.org/debian', suite],
    ['http://deb.debian.org/debian', `${suite}-updates`],
    ['http://deb.debian.org/debian-security', `${suite}-security`],
  ];
  return archives.map(([uri, name]) => `${type} [signed-by=${keyring}] ${uri} ${name} main\n`).join('');
}

/** Settings with which apt neither reads nor writes anything of the machine's own state. */
export function privateSettings(folder: string): string[] {
  const settings = {
    'Dir::Etc::SourceList': join(folder, 'sources.list'),
    'Dir::Etc::SourceParts': '/dev/null',
    'Dir::State': folder,
    'Dir::State::Lists': join(folder, 'lists'),
    // empty: nothing counts as installed, so that the C library comes along
    'Dir::State::status': join(folder, 'status'),
    'Dir::Cache': join(folder, 'cache'),
    'Dir::Cache::archives': join(folder, 'archives'),
    'Debug::NoLocking': 'true',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '3',
    // apt's own user may not write to our folder
    'APT::Sandbox::User': process.env['USER'] ?? 'root',
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

/**
 * Downloads packages of a release with all that they depend on, signatures checked, into `folder`; needs no root and
 * leaves the machine as it is.
 *
 * @returns the folder that holds the `.deb` files
 * @throws when apt or Debian's keyring is missing, or the archive cannot be reached
 */
export async function download(names: readonly string[], folder: string): Promise<string> {
  const apt = await updated('deb', names.join(', '), folder);
  await reached(
    names.join(', '),
    apt(['install', '-y', '--download-only', '--no-install-recommends', ...names]),
  );
  return join(folder, 'archives');
}

/**
 * Downloads a part of a source package, its signature checked, into `folder`: the authors' archive (`tar`), or what Debian
 * adds to it (`diff`).
 *
 * @returns whether the archive has it
 * @throws when apt or Debian's keyring is missing, or the archive cannot be reached
 */
export async function downloadSource(name: string, part: 'tar' | 'diff', folder: string): Promise<boolean> {
  const apt = await updated('deb-src', `the source of ${name}`, join(folder, 'apt'));
  try {
    await apt(['source', '--download-only', `--${part}-only`, name], folder);
    return true;
  } catch (cause) {
    if (cause instanceof CommandFailed && /\b404\b/.test(cause.stderr)) return false;
    throw cause;
  } finally {
    await rm(join(folder, 'apt'), { recursive: true });
  }
}

/** apt-get, with lists of its own that are fresh. @param what is to be downloaded, for the error */
async function updated(type: 'deb' | 'deb-src', what: string, folder: string) {
  for (const part of ['lists/partial', 'archives/partial', 'cache'])
    await mkdir(join(folder, part), { recursive: true });
  await writeFile(join(folder, 'sources.list'), sourcesOf(type));
  await writeFile(join(folder, 'status'), '');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (args: readonly string[], cwd?: string) =>
    run(['apt-get', '-q', ...privateSettings(folder), ...args], { env, ...(cwd !== undefined && { cwd }) });
  await reached(what, apt(['update']));
  return apt;
}

async function reached(what: string, work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (cause) {
    throw new Error(
      `${what} of Debian ${suite} could not be downloaded: it takes apt-get, ${keyring} (package debian-archive-keyring) and deb.debian.org`,
      { cause },
    );
  }
}
