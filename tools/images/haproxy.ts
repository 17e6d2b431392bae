import { mkdir, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { haproxyImageOf } from '../../src/chart/install.js';
import { ensureAwsLcHaproxy } from '../awslc/haproxy.js';
import { root } from '../clusters/paths.js';
import type { Progress } from '../clusters/progress.js';
import { ensureHaproxy, librariesListed } from '../debian/haproxy.js';
import type { Unpacked } from '../debian/unpack.js';
import { librariesOf, type Entry } from './layer.js';
import { writeImage } from './oci.js';

/** Where `make image` writes it, whichever build it is. */
export const haproxyArchive = join(root, 'build/haproxy.tar');

/** HAProxy as it goes into an image, and the image's name. */
interface Content {
  readonly name: string;
  readonly unpacked: Unpacked;
}

/**
 * Writes HAProxy 3.0 of Debian trixie as an image that can take the place of the official one: the program is
 * `haproxy` in the path, at the same place, and runs as a user that is not root.
 *
 * @returns its name
 */
export async function writeHaproxyImage(out: string, progress: Progress): Promise<string> {
  return write(out, { name: haproxyImageOf('stock'), unpacked: await ensureHaproxy(progress, 'stock') });
}

/**
 * Writes our build of HAProxy on AWS-LC as such an image.
 *
 * @param fixes `optional`: the image may lack Debian's security fixes, and then has another name, which no manifest holds
 *   unless it is told
 * @returns its name
 */
export async function writeAwsLcImage(
  out: string,
  fixes: 'required' | 'optional',
  progress: Progress,
): Promise<string> {
  const unpacked = await ensureAwsLcHaproxy(fixes, progress);
  const fixed = haproxyImageOf('aws-lc');
  const name = unpacked.fixed ? fixed : fixed.replace(/(?<=:\d+\.\d+\.\d+)-[^-]+/, '-unfixed');
  return write(out, { name, unpacked });
}

/** Whether our build may lack Debian's security fixes, as the environment says. @throws when it says neither */
export function chosenFixes({ HAPROXY_FIXES }: NodeJS.ProcessEnv = process.env): 'required' | 'optional' {
  const asked = HAPROXY_FIXES || 'required';
  if (asked === 'required' || asked === 'optional') return asked;
  throw new Error(`HAPROXY_FIXES: "${asked}" is not one of required, optional`);
}

async function write(out: string, { name, unpacked }: Content): Promise<string> {
  await mkdir(dirname(out), { recursive: true });
  await writeImage(out, {
    name,
    layers: [await entriesOf(unpacked)],
    entrypoint: ['haproxy'],
    // as in the official image
    user: '99:99',
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
  });
  return name;
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
