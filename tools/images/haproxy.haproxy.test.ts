import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '../clusters/exec.js';
import { quiet } from '../clusters/progress.js';
import { ensureHaproxy } from '../debian/haproxy.js';
import { writeHaproxyImage } from './haproxy.js';

test('the image holds a HAProxy that needs nothing from outside of it', { timeout: 60_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'haproxy-image-'));
  t.after(() => rm(folder, { recursive: true }));
  const archive = join(folder, 'haproxy.tar');
  await writeHaproxyImage(archive, quiet);
  await run(['tar', '-xf', archive, '-C', folder]);
  assert.match(await readFile(join(folder, 'index.json'), 'utf8'), /"docker\.io\/library\/haproxy:3\.0\.11"/);

  const blobs = join(folder, 'blobs/sha256');
  for (const name of await readdir(blobs)) {
    const start = (await readFile(join(blobs, name))).subarray(0, 1).toString();
    if (start !== '{') await run(['tar', '-xf', join(blobs, name), '-C', folder]);
  }
  const { loader } = await ensureHaproxy(quiet);
  const libraries = join(folder, 'usr/lib', `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`);
  const listed = await run([
    ...([join(folder, loader), '--inhibit-cache', '--library-path', libraries] as const),
    ...['--list', join(folder, 'usr/local/sbin/haproxy')],
  ]);
  const outside = listed.split('\n').filter((line) => line.includes('=>') && !line.includes(folder));
  assert.deepEqual(
    outside.filter((line) => !line.includes('ld-linux')),
    [],
  );
  const said = await run([
    join(folder, loader),
    '--library-path',
    libraries,
    join(folder, 'usr/local/sbin/haproxy'),
    '-v',
  ]);
  assert.match(said, /^HAProxy version 3\.0\.11/);
});
