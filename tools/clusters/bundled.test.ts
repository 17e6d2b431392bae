import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { appendFile, cp, mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { makeBundle } from './bundled.js';
import { root } from './paths.js';

test('a program is bundled once of the same sources, also by two processes at once, and anew when they change', async (t) => {
  // modules are looked up from there
  const folder = await mkdtemp(join(root, 'build/bundled-'));
  t.after(() => rm(folder, { recursive: true }));
  const [compiled, to] = [join(folder, 'compiled'), join(folder, 'programs')];
  await cp(join(root, 'build/src'), join(compiled, 'src'), { recursive: true });
  const [first, second] = await Promise.all([makeBundle(compiled, to), makeBundle(compiled, to)]);
  assert.equal(first, second);
  assert.equal((await readdir(to)).length, 1);
  const { stdout } = await promisify(execFile)(process.execPath, [first, '--help'], { cwd: tmpdir() });
  assert.match(stdout, /operator/);

  await appendFile(join(compiled, 'src/cmd/main.js'), '\n// changed');
  const next = await makeBundle(compiled, to);
  assert.notEqual(next, first);
  assert.equal((await readdir(to)).length, 2);

  await utimes(join(first, '..'), 0, 0);
  await appendFile(join(compiled, 'src/cmd/main.js'), '\n// changed again');
  await makeBundle(compiled, to);
  assert.equal((await readdir(to)).length, 2, 'a bundle of long ago is still there');
});
