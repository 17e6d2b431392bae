import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { suite, test, type TestContext } from 'node:test';

/** What a user sees of `cdk8s synth`. */
interface Seen {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder like that of the project, with a manifest of before; the app is there, compiled. */
async function project(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'service-mirror-project-'));
  t.after(() => rm(folder, { recursive: true }));
  const config = await readFile('cdk8s.yaml', 'utf8');
  const app = `${process.execPath} ${resolve('build/src/chart/main.js')}`;
  await writeFile(join(folder, 'cdk8s.yaml'), config.replace('npm run --silent synth:app', app));
  await cp('package.json', join(folder, 'package.json'));
  await mkdir(join(folder, 'manifests'));
  await writeFile(join(folder, 'manifests', 'before.yaml'), '{}\n');
  return folder;
}

function synth(cwd: string, env: NodeJS.ProcessEnv, ...args: string[]): Promise<Seen> {
  const command = resolve('node_modules/cdk8s-cli/bin/cdk8s');
  const { CDK8S_CHECK_UPGRADE: _unset, ...inherited } = process.env;
  return new Promise((done) => {
    const options = { cwd, env: { ...inherited, ...env } };
    execFile(process.execPath, [command, 'synth', ...args], options, (error, stdout, stderr) =>
      done({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

suite('cdk8s synth', () => {
  test('writes manifests and CRDs in place of those of before, and asks nobody for updates', async (t) => {
    const folder = await project(t);
    const { code, stderr } = await synth(folder, { IMAGE_PREFIX: 'registry.example.com' });
    assert.deepEqual([code, stderr], [0, 'manifests/ and crds/ are written; manifests/ is also in:\n']);
    assert.deepEqual(await readdir(join(folder, 'crds')), await readdir('crds'));
    assert.deepEqual(await readdir(join(folder, 'manifests')), await readdir('manifests'));
    assert.match(
      await readFile(join(folder, 'manifests', '20-operator.yaml'), 'utf8'),
      /image: registry\.example\.com\/service-mirror\/operator:/,
    );
    assert.deepEqual((await readdir(folder)).sort(), [
      'build',
      'cdk8s.yaml',
      'crds',
      'manifests',
      'package.json',
    ]);
  });

  test('tells a mistake in a line, fails, and leaves what was there', async (t) => {
    const folder = await project(t);
    const { code, stderr } = await synth(folder, { INGRESS_SERVICE_TYPE: 'Foo' });
    assert.deepEqual(
      [code, stderr.split('\n')],
      [
        1,
        [
          'INGRESS_SERVICE_TYPE: "Foo" is not one of LoadBalancer, NodePort, ClusterIP',
          'ERROR: synthesis failed, app expected to create "build/manifests"',
          '',
        ],
      ],
    );
    assert.deepEqual(await readdir(join(folder, 'manifests')), ['before.yaml']);
  });

  test('writes elsewhere where it is told to', async (t) => {
    const folder = await project(t);
    const { code, stderr } = await synth(folder, {}, '--output', 'elsewhere');
    assert.deepEqual([code, stderr], [0, '']);
    assert.deepEqual(await readdir(join(folder, 'elsewhere')), await readdir('manifests'));
    assert.deepEqual(await readdir(join(folder, 'manifests')), ['before.yaml']);
  });
});
