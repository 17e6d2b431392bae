import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../clusters/exec.js';

/** Debian 13, as its archive calls it. */
export const suite = 'trixie';

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** The sources of one release alone; what the machine itself installs from plays no part. */
export function sourcesOf(): string {
  const archives = [
    ['http://deb.debian.org/debian', suite],
    ['http://deb.debian.org/debian', `${suite}-updates`],
    ['http://deb.debian.org/debian-security', `${suite}-security`],
  ];
  return archives.map(([uri, name]) => `deb [signed-by=${keyring}] ${uri} ${name} main\n`).join('');
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
  for (const part of ['lists/partial', 'archives/partial', 'cache'])
    await mkdir(join(folder, part), { recursive: true });
  await writeFile(join(folder, 'sources.list'), sourcesOf());
  await writeFile(join(folder, 'status'), '');
  const apt = ['apt-get', '-q', ...privateSettings(folder)] as const;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    await run([...apt, 'update'], { env });
    await run([...apt, 'install', '-y', '--download-only', '--no-install-recommends', ...names], { env });
  } catch (cause) {
    throw new Error(
      `${names.join(', ')} of Debian ${suite} could not be downloaded: it takes apt-get, ${keyring} (package debian-archive-keyring) and deb.debian.org`,
      { cause },
    );
  }
  return join(folder, 'archives');
}
