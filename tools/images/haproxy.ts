import { mkdir, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { haproxyImage } from '../../src/chart/install.js';
import { root } from '../clusters/paths.js';
import type { Progress } from '../clusters/progress.js';
import { ensureHaproxy, librariesListed } from '../debian/haproxy.js';
import type { Unpacked } from '../debian/unpack.js';
import { librariesOf, type Entry } from './layer.js';
import { writeImage } from './oci.js';

/** Where `make image` writes it. */
export const haproxyArchive = join(root, 'build/haproxy.tar');

/**
 * Writes HAProxy 3.0 of Debian trixie as an image that can take the place of the official one: the program is
 * `haproxy` in the path, at the same place, and runs as a user that is not root.
 */
export async function writeHaproxyImage(out: string, progress: Progress): Promise<void> {
  const unpacked = await ensureHaproxy(progress);
  await mkdir(dirname(out), { recursive: true });
  await writeImage(out, {
    name: haproxyImage,
    layers: [await entriesOf(unpacked)],
    entrypoint: ['haproxy'],
    // as in the official image
    user: '99:99',
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
  });
}

async function entriesOf(unpacked: Unpacked): Promise<Entry[]> {
  const libraries = librariesOf(await librariesListed(unpacked));
  const inside = (path: string) => path.slice(unpacked.root.length);
  return [
    {
      kind: 'file',
      path: '/usr/local/sbin/haproxy',
      source: join(unpacked.root, 'usr/sbin/haproxy'),
      mode: 0o755,
    },
    ...(await Promise.all(
      libraries.map(async (path): Promise<Entry> => ({
        kind: 'file',
        path: path.startsWith(unpacked.root) ? inside(path) : path,
        source: await realpath(path),
        mode: 0o755,
      })),
    )),
    {
      kind: 'file',
      path: unpacked.loader,
      source: await realpath(join(unpacked.root, unpacked.loader)),
      mode: 0o755,
    },
    { kind: 'directory', path: '/tmp', mode: 0o1777 },
    { kind: 'text', path: '/etc/passwd', text: 'root:x:0:0::/:/bin/sh\nhaproxy:x:99:99::/:/bin/false\n' },
    { kind: 'text', path: '/etc/group', text: 'root:x:0:\nhaproxy:x:99:\n' },
    { kind: 'text', path: '/etc/nsswitch.conf', text: 'hosts: files dns\n' },
  ];
}
