import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { run } from '../clusters/exec.js';
import { loader } from '../debian/unpack.js';

/**
 * Holds that an image of HAProxy has a name and needs nothing from outside of it; for tests.
 *
 * @param write writes the image to a path
 * @returns what `haproxy -vv` of the image says
 */
export async function assertSelfContained(
  t: TestContext,
  write: (archive: string) => Promise<string>,
  name: RegExp,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'haproxy-image-'));
  t.after(() => rm(folder, { recursive: true }));
  const archive = join(folder, 'haproxy.tar');
  assert.match(await write(archive), name);
  await run(['tar', '-xf', archive, '-C', folder]);
  assert.match(await readFile(join(folder, 'index.json'), 'utf8'), name);

  const blobs = join(folder, 'blobs/sha256');
  for (const blob of await readdir(blobs)) {
    const start = (await readFile(join(blobs, blob))).subarray(0, 1).toString();
    if (start !== '{') await run(['tar', '-xf', join(blobs, blob), '-C', folder]);
  }
  const libraries = join(folder, 'usr/lib', `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`);
  const started = [join(folder, loader), '--inhibit-cache', '--library-path', libraries] as const;
  const program = join(folder, 'usr/local/sbin/haproxy');
  const listed = await run([...started, '--list', program]);
  const outside = listed.split('\n').filter((line) => line.includes('=>') && !line.includes(folder));
  assert.deepEqual(
    outside.filter((line) => !line.includes('ld-linux')),
    [],
  );
  return run([...started, program, '-vv']);
}
