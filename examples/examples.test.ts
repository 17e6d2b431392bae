import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { parseLink, parseServiceMirror, type Unparsed } from '../src/api/parse.js';

const run = promisify(execFile);

test('the TypeScript example compiles and writes its Link and its mirrors', async (t) => {
  const outdir = await mkdtemp(join(tmpdir(), 'service-mirror-example-'));
  t.after(() => rm(outdir, { recursive: true }));
  // it is compiled with everything else: a field that does not exist fails the build
  await run(process.execPath, ['build/examples/typescript/main.js'], {
    env: { ...process.env, CDK8S_OUTDIR: outdir },
  });
  assert.deepEqual((await readdir(outdir)).sort(), ['links.k8s.yaml', 'shop.k8s.yaml']);
  const link = parse(await readFile(join(outdir, 'links.k8s.yaml'), 'utf8')) as Unparsed;
  assert.ok(parseLink(link).ok);
  const shop = await readFile(join(outdir, 'shop.k8s.yaml'), 'utf8');
  assert.equal(shop.match(/^kind: ServiceMirror$/gm)?.length, 2);
});

suite('the YAML examples are objects that the operator takes', () => {
  const kinds = { Link: parseLink, ServiceMirror: parseServiceMirror };
  for (const name of [
    'link-cluster-a',
    'link-cluster-b',
    'link-cluster-c',
    'hello-mirror',
    'hello-everywhere',
  ]) {
    test(name, async () => {
      const object = parse(await readFile(`examples/${name}.yaml`, 'utf8')) as Unparsed & {
        kind: keyof typeof kinds;
      };
      assert.deepEqual(kinds[object.kind](object).ok, true);
    });
  }
});

test('docs/splitting.md shows the HTTPRoute of the example', async () => {
  const [, shown] = /```yaml\n([^`]*)```/.exec(await readFile('docs/splitting.md', 'utf8')) ?? [];
  const example = await readFile('examples/splitting.yaml', 'utf8');
  assert.equal(shown, example.split('---\n').at(-1));
});
