import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { awsLcTag } from '../../src/chart/install.js';
import { crate, fixes, release, revisionOf, sourceFile, sourceFolder } from './sources.js';

test('the tag that manifests hold names the release and the fixes that are built', () => {
  const [, version = ''] = /_(.+)\.orig\./.exec(release.file) ?? [];
  assert.match(awsLcTag, new RegExp(`^${version}-${revisionOf(fixes.file).split('+')[1]}-lc`));
});

test('the crate that is built is the one whose checksum is pinned', async () => {
  const [, name, version] = /^(.+)-(\d.*)$/.exec(crate.name) ?? [];
  const lock = await readFile(join(crate.folder, 'Cargo.lock'), 'utf8');
  assert.match(
    lock,
    new RegExp(`name = "${name}"\\nversion = "${version}"\\nsource = .*\\nchecksum = "[0-9a-f]{64}"`),
  );
});

test('sourceFile() takes a file that was laid down, if it is the one that is pinned', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'sources-'));
  t.after(() => rm(folder, { recursive: true }));
  assert.notEqual(folder, sourceFolder);
  await writeFile(join(folder, 'a.tar.gz'), 'abc');
  const sha256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  const file = { file: 'a.tar.gz', part: 'tar' } as const;
  const never = () => Promise.resolve(false);
  assert.equal(await sourceFile({ ...file, sha256 }, folder, never), join(folder, 'a.tar.gz'));
  assert.equal(await sourceFile({ ...file, sha256: '0'.repeat(64) }, folder, never), undefined);
});

test('sourceFile() refuses what the archive has in place of the pinned file', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'sources-'));
  t.after(() => rm(folder, { recursive: true }));
  const wanted = { file: 'haproxy_1.orig.tar.gz', sha256: '0'.repeat(64), part: 'tar' } as const;
  const giving = (name: string) => async (_: string, __: string, into: string) => {
    await writeFile(join(into, name), 'abc');
    return true;
  };
  await assert.rejects(
    sourceFile(wanted, folder, giving('haproxy_2.orig.tar.gz')),
    /haproxy_2\.orig\.tar\.gz in place/,
  );
  await assert.rejects(sourceFile(wanted, folder, giving(wanted.file)), /has the checksum ba7816bf/);
});
