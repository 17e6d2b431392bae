import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { numbers } from '../../../test/gen/numbers.js';
import { ImmutableMap } from '../../runtime/immutable.js';
import { createMapFiles } from './mapfiles.js';
import type { Entries } from './maps.js';

async function aFile(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'mapfiles-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'x.map');
  const files = createMapFiles();
  return {
    path,
    write: (entries: Entries) => files.write(path, entries),
    text: () => readFile(path, 'utf8'),
    /** The file's identity and size: an edit keeps the one, and a file that is written as a whole has another. */
    state: async () => (({ ino, size }) => ({ ino, size }))(await stat(path)),
  };
}

/** The entries of a map file, as HAProxy reads them; a key that is there twice is a mistake. */
function read(text: string): Map<string, string> {
  assert.ok(text === '' || text.endsWith('\n'));
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const entries = new Map(lines.map((line) => line.split(' ') as [string, string]));
  assert.equal(entries.size, lines.length, 'a key is there twice');
  return entries;
}

const many = ImmutableMap.of<string, string>(
  Array.from({ length: 2_000 }, (_, n) => [`key-${n}`, `${'v'.repeat(40)}-${n}`] as const),
);

test('write() writes a small file as a whole, for nobody else to read', async (t) => {
  const file = await aFile(t);
  await file.write(new Map([['1', 'a'], ['2', 'b']])); // prettier-ignore
  await file.write(new Map([['2', 'b'], ['3', 'ü']])); // prettier-ignore
  assert.equal(await file.text(), '2 b\n3 ü\n');
  assert.equal((await stat(file.path)).mode & 0o777, 0o600);
});

test('write() changes a line of a large file, and writes no other', async (t) => {
  const file = await aFile(t);
  await file.write(many);
  const before = await file.state();
  const next = many.with([['key-7', 'other'], ['key-8', undefined], ['new', 'ü']]); // prettier-ignore
  await file.write(next);
  const after = await file.state();
  assert.equal(after.ino, before.ino);
  assert.equal(after.size, before.size + Buffer.byteLength('key-7 other\nnew ü\n'));
  assert.deepEqual(read(await file.text()), new Map(next));
  const text = await file.text();
  assert.ok(text.includes(`\n#ey-8 ${'v'.repeat(40)}-8\n`) && text.endsWith('key-7 other\nnew ü\n'));
});

test('write() does nothing for the same entries', async (t) => {
  const file = await aFile(t);
  for (const entries of [many, new Map([['1', 'a']])]) {
    await file.write(entries);
    await rm(file.path);
    await file.write(entries);
    await file.write(new Map(entries));
    await assert.rejects(file.text(), { code: 'ENOENT' });
  }
});

test('write() writes everything after an edit that failed', async (t) => {
  const file = await aFile(t);
  await file.write(many);
  await rm(file.path);
  const next = many.with([['key-7', 'other']]);
  await assert.rejects(file.write(next), { code: 'ENOENT' });
  await file.write(next);
  assert.deepEqual(read(await file.text()), new Map(next));
});

test('write() keeps a file in step through any changes, and never lets it grow to more than twice its content', async (t) => {
  const file = await aFile(t);
  const random = numbers(9);
  let entries = many;
  const sizes = new Set<number>();
  for (let round = 0; round < 1_500; round++) {
    const changes = Array.from({ length: random(6) }, () => {
      const value = random(3) === 0 ? undefined : `${'w'.repeat(random(80))}-${round}`;
      return [`key-${random(2_500)}`, value] as const;
    });
    entries = round % 500 === 499 ? many : entries.with(changes);
    await file.write(entries);
    if (round % 10 > 0) continue;
    const text = await file.text();
    assert.deepEqual(read(text), new Map(entries), `round ${round}`);
    const content = [...entries].reduce((sum, [key, value]) => sum + key.length + value.length + 2, 0);
    assert.ok(text.length <= 2.1 * content + 1_000, `${text.length} bytes for ${content}`);
    sizes.add((await file.state()).ino);
  }
  assert.ok(sizes.size < 20, `written as a whole ${sizes.size} times`);
});
