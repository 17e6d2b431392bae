import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
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
  const unwanted =
    /^@kubernetes|^undici\/lib\/(mock|cache|milo)\/|^libphonenumber|^@peculiar|^yaml\/dist\/compose/;
  assert.deepEqual(found(unwanted), []);
  assert.ok(found(/^undici\/lib\/dispatcher\/pool\.js/).length > 0, 'the pool is not found by its name');
});

test('bundle() makes parts that the program loads when it needs them', async () => {
  const script = await readFile(made.script, 'utf8');
  const asked = [...script.matchAll(/\brequire\("\.\/(\w+\.cjs)"\)/g)].map(([, name]) => name);
  assert.deepEqual([...new Set(asked)].sort(), made.parts.map((part) => basename(part)).sort());
  const needed = {
    'x509.cjs': 'X509CertificateGenerator',
    'yaml.cjs': 'parse',
    'kubeconfig.cjs': 'loadKubeconfig',
  };
  for (const [part, name] of Object.entries(needed)) {
    const file = join(dirname(made.script), part);
    // the program has loaded this before
    const metadata = fileURLToPath(import.meta.resolve('reflect-metadata'));
    const { stdout } = await alone('-r', metadata, '-p', `typeof require(${JSON.stringify(file)}).${name}`);
    assert.equal(stdout, 'function\n', part);
  }
});

test('bundle() makes a part that writes certificates', async () => {
  const file = made.parts.find((part) => basename(part) === 'x509.cjs') ?? '';
  const metadata = fileURLToPath(import.meta.resolve('reflect-metadata'));
  const program = `
    const x509 = require(${JSON.stringify(file)});
    const signingAlgorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
    const make = async () => {
      const keys = await crypto.subtle.generateKey(signingAlgorithm, true, ['sign', 'verify']);
      const extensions = [new x509.BasicConstraintsExtension(true, 0, true)];
      const made = await x509.X509CertificateGenerator.createSelfSigned({
        ...{ name: [{ CN: ['a'] }], keys, signingAlgorithm, extensions },
        ...{ notBefore: new Date(), notAfter: new Date(Date.now() + 60_000) },
      });
      const { ca, subject } = new (require('node:crypto').X509Certificate)(made.toString('pem'));
      console.log(ca, subject);
    };
    void make();`;
  const { stdout } = await alone('-r', metadata, '-e', program);
  assert.equal(stdout, 'true CN=a\n');
});

test('bundle() makes a program that translates Links of Linkerd', async () => {
  const running = alone(made.script, 'translate-links');
  const link = {
    ...{ apiVersion: 'multicluster.linkerd.io/v1alpha3', kind: 'Link', metadata: { name: 'paris' } },
    spec: { targetClusterName: 'paris' },
  };
  running.child.stdin?.end(JSON.stringify(link));
  assert.match((await running).stdout, /^apiVersion: linkerd.io\/v1alpha1$/m);
});

test('bundle() writes texts of one byte for each letter', async () => {
  for (const file of [made.script, ...made.parts])
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

test('bundleOne() writes a program in which what is not ASCII means the same', async () => {
  const entry = join(folder, 'entry.mjs');
  const winston = fileURLToPath(import.meta.resolve('winston'));
  await writeFile(
    entry,
    `import winston from ${JSON.stringify(winston)};
     // \u00fc
     console.log(typeof winston.createLogger, /^\u00fc\ud83d\ude00$/u.test('\u00fc\ud83d\ude00'));`,
  );
  const script = join(folder, 'one.cjs');
  await bundleOne(entry, script);
  assert.equal((await alone(script)).stdout, 'function true\n');
});
