import { createHash } from 'node:crypto';
import { access, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Part } from '../clusters/binaries.js';
import { run } from '../clusters/exec.js';
import { cacheDir } from '../clusters/paths.js';
import { programEntries, type Entry } from './layer.js';
import { writeImage, type ImageSpec } from './oci.js';

/** Names of the images that every test cluster has. `tools` holds echo (entry point), curl, sh and busybox' applets. */
export const images = {
  pause: 'service-mirror-test/pause:1',
  coredns: 'service-mirror-test/coredns:1',
  tools: 'service-mirror-test/tools:1',
} as const;

/** Writes, where the cache does not have them yet, the test images as OCI archives, and returns their paths. */
export async function ensureImages(binaries: Record<Part, string>): Promise<string[]> {
  return Promise.all([
    ensureImage(single(images.pause, binaries.pause)),
    ensureImage(single(images.coredns, binaries.coredns)),
    ensureToolsImage(binaries.echo),
  ]);
}

/** As {@link ensureImages}, for clusters that bring the other images themselves; `echo` is the path of the program. */
export async function ensureToolsImage(echo: string): Promise<string> {
  return ensureImage(await toolsImage(echo));
}

/** Writes an image that holds one static program, its entry point, where the cache does not have it yet. */
export function ensureProgramImage(name: string, source: string): Promise<string> {
  return ensureImage(single(name, source));
}

async function ensureImage(spec: ImageSpec): Promise<string> {
  await mkdir(cacheDir, { recursive: true });
  const path = join(cacheDir, `image-${await keyOf(spec)}.tar`);
  if (!(await exists(path))) await writeImage(path, spec);
  return path;
}

function single(name: string, source: string): ImageSpec {
  return { name, layers: [[{ kind: 'file', path: '/main', source, mode: 0o755 }]], entrypoint: ['/main'] };
}

async function toolsImage(echo: string): Promise<ImageSpec> {
  const applets = (await run(['busybox', '--list'])).split('\n').filter((name) => name && name !== 'busybox');
  const base: Entry[] = [
    { kind: 'file', path: '/bin/busybox', source: '/bin/busybox', mode: 0o755 },
    ...applets.map((name): Entry => ({ kind: 'link', path: `/bin/${name}`, target: 'busybox' })),
    ...(await programEntries('/usr/bin/curl', '/usr/bin/curl')),
    { kind: 'directory', path: '/tmp', mode: 0o1777 },
    { kind: 'text', path: '/etc/nsswitch.conf', text: 'hosts: files dns\n' },
    { kind: 'text', path: '/etc/passwd', text: 'root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n' },
  ];
  const ours: Entry[] = [{ kind: 'file', path: '/usr/bin/echo-test', source: echo, mode: 0o755 }];
  return { name: images.tools, layers: [base, ours], entrypoint: ['/usr/bin/echo-test'] };
}

/** Changes whenever the image would: with the list of its entries, and with the age and size of their sources. */
async function keyOf(spec: ImageSpec): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(spec));
  for (const entry of spec.layers.flat()) {
    if (entry.kind !== 'file') continue;
    const { size, mtimeMs } = await stat(entry.source);
    hash.update(`${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
