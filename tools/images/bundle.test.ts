import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bundle, bundleOne, type Bundle } from './bundle.js';

const run = promisify(execFile);

let folder: string;
let made: Bundle;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'service-mirror-bundle-'));
  made = await bundle('build', join(folder, 'program'));
});
after(() => rm(folder, { recursive: true }));

/** Runs a script in a process that finds nothing else. */
const alone = (...command: string[]) => run(process.execPath, command, { cwd: '/', env: {} });

test('bundle() makes a program that runs alone', async () => {
  const { stdout } = await alone(made.script, '--help');
  assert.match(stdout, /^Usage:/);
});

test('bundle() keeps client-node, and what we never call of other packages, out of the program', () => {
  const packages = made.modules.map((path) => path.split('node_modules/').at(-1) ?? '');
  const found = (name: RegExp) => packages.filter((path) => name.test(path));
  assert.deepEqual(found(/^@kubernetes|^undici\/lib\/(mock|cache)\/|^libphonenumber/), []);
  assert.ok(found(/^undici\/lib\/dispatcher\/pool\.js/).length > 0, 'the pool is not found by its name');
});

test('bundle() writes texts of one byte for each letter', async () => {
  for (const file of [made.script, made.kubeconfig])
    assert.equal(
      (await readFile(file)).find((byte) => byte > 0x7f),
      undefined,
      file,
    );
});

test('bundle() makes a program that reads a kubeconfig and calls its API server', async () => {
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(
    kubeconfig,
    JSON.stringify({
      'current-context': 'x',
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      // port 9 is for those who want no answer (RFC 863)
      clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:9' } }],
      users: [{ name: 'u', user: { token: 'abc' } }],
    }),
  );
  await assert.rejects(
    alone(made.script, 'rotate-ca', `--kubeconfig=${kubeconfig}`),
    (error: { stderr?: string }) => /ECONNREFUSED/.test(error.stderr ?? ''),
  );
});

test('bundleOne() keeps class names, and what is not ASCII means the same', async () => {
  const entry = join(folder, 'entry.mjs');
  const winston = fileURLToPath(import.meta.resolve('winston'));
  await writeFile(
    entry,
    `import winston from ${JSON.stringify(winston)};
     // \u00fc
     class Example {}
     {
       class Example {}
       console.log(Example.name, typeof winston.createLogger, /^\u00fc\ud83d\ude00$/u.test('\u00fc\ud83d\ude00'));
     }
     new Example();`,
  );
  const script = join(folder, 'one.cjs');
  await bundleOne(entry, script);
  assert.equal((await alone(script)).stdout, 'Example function true\n');
});
