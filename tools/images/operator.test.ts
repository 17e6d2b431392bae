import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { extract } from 'tar-stream';
import { bundle } from './bundle.js';
import { writeOperatorImage } from './operator.js';

const run = promisify(execFile);

test('bundle() makes one file that runs alone, with class names and CommonJS packages', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'service-mirror-bundle-'));
  t.after(() => rm(folder, { recursive: true }));
  const entry = join(folder, 'entry.js');
  const winston = fileURLToPath(import.meta.resolve('winston'));
  await writeFile(
    entry,
    `import winston from ${JSON.stringify(winston)};
     class Example {}
     {
       class Example {}
       console.log(Example.name, typeof winston.createLogger);
     }
     new Example();`,
  );
  const { script } = await bundle(entry, join(folder, 'out'));
  const alone = await run(process.execPath, [script], { cwd: '/', env: {} });
  assert.equal(alone.stdout, 'Example function\n');
});

test('writeOperatorImage() names the image, its user and its entrypoint', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'service-mirror-image-'));
  t.after(() => rm(folder, { recursive: true }));
  const script = join(folder, 'main.js');
  const sourceMap = join(folder, 'main.js.map');
  await writeFile(script, 'console.log("hello")');
  await writeFile(sourceMap, '{}');
  const out = join(folder, 'image.tar');
  await writeOperatorImage(out, {
    name: 'service-mirror/operator:1',
    bundle: { script, sourceMap },
    node: '/bin/true',
  });

  const files = await jsonFiles(out);
  const index = files.get('index.json') as { manifests: [{ annotations: Record<string, string> }] };
  const names = Object.values(index.manifests[0].annotations);
  assert.ok(names.includes('docker.io/service-mirror/operator:1'), names.join());
  const configs = [...files.values()] as { config?: { User?: string; Entrypoint?: string[] } }[];
  const config = configs.find((file) => file.config?.Entrypoint)?.config;
  assert.equal(config?.User, '65532');
  assert.deepEqual(config.Entrypoint, ['/usr/bin/node', '--enable-source-maps', '/app/main.js']);
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
