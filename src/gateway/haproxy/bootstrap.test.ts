import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { bootstrap, prepareFolder } from './bootstrap.js';

async function aFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'haproxy-'));
  t.after(() => rm(folder, { recursive: true }));
  return join(folder, 'shared');
}

test('prepareFolder() makes a folder that nobody else can read, with a configuration to start with', async (t) => {
  const directory = await aFolder(t);
  assert.equal(await prepareFolder(directory), true);
  assert.equal(await readFile(join(directory, 'haproxy.cfg'), 'utf8'), bootstrap(directory));
  const modeOf = async (path: string) => (await stat(path)).mode & 0o777;
  assert.deepEqual(
    await Promise.all([modeOf(directory), modeOf(join(directory, 'haproxy.cfg'))]),
    [0o700, 0o600],
  );
});

test('prepareFolder() leaves the configuration of an earlier run as it is, and nothing of its own', async (t) => {
  const directory = await aFolder(t);
  await prepareFolder(directory);
  await writeFile(join(directory, 'haproxy.cfg'), 'frontend egress\n');
  assert.equal(await prepareFolder(directory), false);
  assert.equal(await readFile(join(directory, 'haproxy.cfg'), 'utf8'), 'frontend egress\n');
  assert.deepEqual((await readdir(directory)).toSorted(), ['haproxy.cfg', 'openssl.cnf']);
});
