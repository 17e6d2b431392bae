import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, test } from 'node:test';
import { extract } from 'tar-stream';
import { librariesOf, type Entry } from './layer.js';
import { fullName, writeImage } from './oci.js';

const dir = await mkdtemp(join(tmpdir(), 'oci-'));
after(() => rm(dir, { recursive: true }));

const source = join(dir, 'program');
await writeFile(source, 'a program', { mode: 0o700 });
const entries: Entry[] = [
  { kind: 'file', path: '/usr/bin/program', source, mode: 0o755 },
  { kind: 'link', path: '/bin/program', target: '../usr/bin/program' },
  { kind: 'directory', path: '/tmp', mode: 0o1777 },
];

async function contents(tar: Buffer): Promise<Map<string, { mode: number; mtime: number; data: Buffer }>> {
  const found = new Map<string, { mode: number; mtime: number; data: Buffer }>();
  for await (const entry of Readable.from([tar]).pipe(extract())) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    const { name, mode = -1, mtime } = entry.header;
    found.set(name, { mode, mtime: mtime?.getTime() ?? -1, data: Buffer.concat(chunks) });
  }
  return found;
}

test('writeImage() writes the same bytes whatever the order of entries and the age of files', async () => {
  await writeImage(join(dir, 'one.tar'), { name: 'test/one:1', layers: [entries] });
  await utimes(source, 1, 1);
  await writeImage(join(dir, 'two.tar'), { name: 'test/one:1', layers: [entries.toReversed()] });
  assert.ok((await readFile(join(dir, 'one.tar'))).equals(await readFile(join(dir, 'two.tar'))));
});

test('writeImage() leads from the index to every file of every layer', async () => {
  const out = join(dir, 'image.tar');
  const env = { NODE_ENV: 'production' };
  const layers = [entries, [{ kind: 'text', path: '/etc/motd', text: 'hello' } as const]];
  await writeImage(out, { name: 'test/image:7', layers, entrypoint: ['/bin/program'], user: '65532', env });
  const archive = await contents(await readFile(out));
  interface Descriptor {
    digest: string;
    annotations: Record<string, string>;
  }
  const read = (name: string): unknown => JSON.parse(archive.get(name)?.data.toString() ?? 'null');
  const blob = (of: Descriptor) => `blobs/${of.digest.replace(':', '/')}`;

  const [manifest] = (read('index.json') as { manifests: [Descriptor] }).manifests;
  assert.equal(manifest.annotations['io.containerd.image.name'], 'docker.io/test/image:7');
  const parts = read(blob(manifest)) as { config: Descriptor; layers: [Descriptor, Descriptor] };
  const config = read(blob(parts.config)) as { config: unknown; rootfs: { diff_ids: string[] } };
  assert.deepEqual(config.config, {
    User: '65532',
    Env: ['PATH=/usr/local/bin:/usr/bin:/bin', 'NODE_ENV=production'],
    Entrypoint: ['/bin/program'],
    WorkingDir: '/',
  });
  assert.deepEqual(
    config.rootfs.diff_ids,
    parts.layers.map((layer) => layer.digest),
  );

  const below = await contents(archive.get(blob(parts.layers[0]))?.data ?? Buffer.alloc(0));
  assert.deepEqual([...below.keys()], ['bin/', 'bin/program', 'tmp/', 'usr/', 'usr/bin/', 'usr/bin/program']);
  assert.deepEqual(below.get('usr/bin/program'), { mode: 0o755, mtime: 0, data: Buffer.from('a program') });
  assert.equal(below.get('tmp/')?.mode, 0o1777);
  const above = await contents(archive.get(blob(parts.layers[1]))?.data ?? Buffer.alloc(0));
  assert.equal(above.get('etc/motd')?.data.toString(), 'hello');
});

test('writeImage() leaves nothing behind when a file is missing', async () => {
  const before = await readdir(dir);
  const missing: Entry = { kind: 'file', path: '/missing', source: join(dir, 'missing') };
  await assert.rejects(
    writeImage(join(dir, 'bad.tar'), { name: 'test/bad:1', layers: [entries, [missing]] }),
    {
      code: 'ENOENT',
    },
  );
  assert.deepEqual(await readdir(dir), before);
});

test('fullName() adds the registry that everybody means', () => {
  const cases = {
    'busybox:1': 'docker.io/library/busybox:1',
    'test/tools:1': 'docker.io/test/tools:1',
    'registry.example/tools:1': 'registry.example/tools:1',
    'localhost/tools:1': 'localhost/tools:1',
    'registry:5000/tools:1': 'registry:5000/tools:1',
  };
  for (const [name, want] of Object.entries(cases)) assert.equal(fullName(name), want);
});

test('librariesOf() finds libraries and loader, and not the vdso', () => {
  const output = `\tlinux-vdso.so.1 (0x00007ffd)
\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f1)
\t/lib64/ld-linux-x86-64.so.2 (0x00007f2)
`;
  assert.deepEqual(librariesOf(output), ['/lib/x86_64-linux-gnu/libc.so.6', '/lib64/ld-linux-x86-64.so.2']);
  assert.deepEqual(librariesOf('\tnot a dynamic executable\n'), []);
});
