import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { makeFolder, openFolder } from './files.js';

async function aPlace(t: TestContext): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), 'files-'));
  t.after(() => rm(parent, { recursive: true }));
  return join(parent, 'shared');
}

test('makeFolder() makes a folder that is ours alone, and takes it again', async (t) => {
  const folder = await aPlace(t);
  await makeFolder(folder);
  await makeFolder(folder);
  assert.equal((await stat(folder)).mode & 0o777, 0o700);
});

for (const mode of [0o701, 0o710, 0o770, 0o755, 0o1777])
  test(`makeFolder() refuses a folder of mode ${mode.toString(8)}, and says what to do`, async (t) => {
    const folder = await aPlace(t);
    await mkdir(folder);
    await chmod(folder, mode);
    await assert.rejects(makeFolder(folder), (error: Error) => {
      assert.ok(error.message.startsWith(`${folder} is open to others: `));
      assert.match(error.message, /--haproxy-directory.*chmod 700/);
      return true;
    });
    await assert.rejects(openFolder(folder));
  });

test("makeFolder() refuses another user's folder", async (t) => {
  const folder = await aPlace(t);
  await makeFolder(folder);
  const { uid } = await stat(folder);
  t.mock.method(process as { getuid(): number }, 'getuid', () => uid + 1);
  await assert.rejects(makeFolder(folder), new RegExp(`belongs to user ${uid}, not to ${uid + 1} `));
});

test('makeFolder() refuses a link, which somebody else may have laid to a folder of ours', async (t) => {
  const folder = await aPlace(t);
  await makeFolder(`${folder}-real`);
  await symlink(`${folder}-real`, folder);
  await assert.rejects(makeFolder(folder), /is no folder/);
});

test('write() writes what has changed, for nobody else to read', async (t) => {
  const folder = await aPlace(t);
  const files = await openFolder(folder);
  const path = join(folder, 'key');
  assert.equal(await files.write(path, 'one'), true);
  await writeFile(path, 'by somebody');
  assert.equal(await files.write(path, 'one'), false);
  assert.equal(await files.write(path, 'two'), true);
  assert.equal(await readFile(path, 'utf8'), 'two');
  assert.equal((await stat(path)).mode & 0o777, 0o600);
});
