import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { extract } from 'tar-stream';
import { nodeEnvironment, nodeFlags } from './node.js';
import { program, writeOperatorImage } from './operator.js';
import { run } from '../clusters/exec.js';

test('writeOperatorImage() names the image, its user and its entrypoint', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'service-mirror-image-'));
  t.after(() => rm(folder, { recursive: true }));
  const script = join(folder, 'main.cjs');
  const kubeconfig = join(folder, 'kubeconfig.cjs');
  await writeFile(script, 'console.log("hello")');
  await writeFile(kubeconfig, '');
  const out = join(folder, 'image.tar');
  await writeOperatorImage(out, {
    name: 'service-mirror/operator:1',
    bundle: { script, parts: [kubeconfig] },
    node: '/bin/true',
  });

  const files = await jsonFiles(out);
  const index = files.get('index.json') as { manifests: [{ annotations: Record<string, string> }] };
  const names = Object.values(index.manifests[0].annotations);
  assert.ok(names.includes('docker.io/service-mirror/operator:1'), names.join());
  const configs = [...files.values()] as {
    config?: { User?: string; Entrypoint?: string[]; Env?: string[] };
  }[];
  const config = configs.find((file) => file.config?.Entrypoint)?.config;
  assert.equal(config?.User, '65532');
  assert.deepEqual(config.Entrypoint, ['/usr/bin/node', ...nodeFlags, '/app/main.cjs']);
  assert.ok(config.Env?.includes('MALLOC_ARENA_MAX=2'), config.Env?.join());
});

test('the Dockerfile starts Node as the image does', async () => {
  const text = await readFile('Dockerfile', 'utf8');
  const entrypoint = /^ENTRYPOINT (.*)$/m.exec(text)?.[1] ?? '[]';
  assert.deepEqual(JSON.parse(entrypoint), ['node', ...nodeFlags, '/app/main.cjs']);
  const environment = Object.entries(nodeEnvironment).map((pair) => pair.join('='));
  assert.deepEqual(/^ENV (.*)$/m.exec(text)?.[1]?.split(' '), environment);
});

test('the program for kubectl exec is one line that Node reads itself', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'service-mirror-program-'));
  t.after(() => rm(folder, { recursive: true }));
  const main = join(folder, 'main.cjs');
  await writeFile(main, 'console.log(process.argv.slice(2).join())');
  const path = join(folder, 'service-mirror');
  await writeFile(path, program(process.execPath).replace('/app/main.cjs', main), { mode: 0o755 });
  assert.equal(await run([path, 'invite', 'london']), 'invite,london\n');
  const [, shebang, body] = /printf '(#![^\\]+)\\n(.+?)\\n'/.exec(await readFile('Dockerfile', 'utf8')) ?? [];
  assert.equal(shebang, '#!/usr/local/bin/node');
  assert.equal(body?.replaceAll('"', "'"), program('').split('\n')[1]);
});

/** The JSON files of a tar archive by name. */
async function jsonFiles(path: string): Promise<Map<string, unknown>> {
  const files = new Map<string, unknown>();
  const unpacked = createReadStream(path).pipe(extract());
  for await (const entry of unpacked) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    if (bytes[0] === 0x7b) files.set(entry.header.name, JSON.parse(bytes.toString()));
  }
  return files;
}
