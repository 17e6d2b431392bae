import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack, type Pack } from 'tar-stream';
import { complete, type Entry } from './layer.js';

/** An image to write. Layers later in the list lie over earlier ones. */
export interface ImageSpec {
  /** With a tag, for example `service-mirror-test/tools:1`; without a registry it means docker.io, as everywhere. */
  readonly name: string;
  readonly layers: readonly (readonly Entry[])[];
  readonly entrypoint?: readonly string[];
  /** A number where `runAsNonRoot` is asked for; default root. */
  readonly user?: string;
  /** Beside a `PATH`, which is always set. */
  readonly env?: Readonly<Record<string, string>>;
  readonly workdir?: string;
}

interface Blob {
  /** SHA-256, hexadecimal. */
  readonly digest: string;
  readonly size: number;
  readonly open: () => Readable;
}

const media = 'application/vnd.oci.image';
const epoch = new Date(0);
const architecture = process.arch === 'x64' ? 'amd64' : process.arch;

/**
 * Writes a single-platform image as an OCI image layout (image-spec, image-layout.md) in a tar archive, for
 * `ctr images import`, `kind load image-archive` or `skopeo copy oci-archive:`. The same files give the same bytes,
 * whenever and by whomever it is written; `out` appears whole or not at all. Nothing is read into memory whole.
 */
export async function writeImage(out: string, spec: ImageSpec): Promise<void> {
  const temporary = `${out}.${randomUUID()}`;
  const layerFiles = spec.layers.map((_, index) => `${temporary}.${index}`);
  try {
    const layers: Blob[] = [];
    for (const [index, entries] of spec.layers.entries()) {
      layers.push(await writeLayer(layerFiles[index] ?? temporary, entries));
    }
    await writeArchive(temporary, spec, layers);
    await rename(temporary, out);
  } finally {
    await Promise.all([temporary, ...layerFiles].map((path) => rm(path, { force: true })));
  }
}

/** The name as containerd stores it and the kubelet asks for it: with a registry. */
export function fullName(name: string): string {
  const [first = '', ...rest] = name.split('/');
  if (rest.length === 0) return `docker.io/library/${name}`;
  return /[.:]/.test(first) || first === 'localhost' ? name : `docker.io/${name}`;
}

async function writeLayer(path: string, entries: readonly Entry[]): Promise<Blob> {
  const { digest, size } = await writeTar(path, async (tar) => {
    for (const entry of complete(entries)) await addEntry(tar, entry);
  });
  return { digest, size, open: () => createReadStream(path) };
}

async function writeArchive(path: string, spec: ImageSpec, layers: readonly Blob[]): Promise<void> {
  const config = jsonBlob(configOf(spec, layers));
  const manifest = jsonBlob({
    schemaVersion: 2,
    mediaType: `${media}.manifest.v1+json`,
    config: descriptor('config.v1+json', config),
    layers: layers.map((layer) => descriptor('layer.v1.tar', layer)),
  });
  const index = jsonBlob({
    schemaVersion: 2,
    mediaType: `${media}.index.v1+json`,
    manifests: [
      {
        ...descriptor('manifest.v1+json', manifest),
        platform: { os: 'linux', architecture },
        annotations: {
          'io.containerd.image.name': fullName(spec.name),
          'org.opencontainers.image.ref.name': spec.name.slice(spec.name.lastIndexOf(':') + 1),
        },
      },
    ],
  });
  const blobs = new Map([...layers, config, manifest].map((blob) => [blob.digest, blob])); // layers may be equal
  await writeTar(path, async (tar) => {
    await addStream(tar, { name: 'oci-layout', mode: 0o644 }, jsonBlob({ imageLayoutVersion: '1.0.0' }));
    await addStream(tar, { name: 'index.json', mode: 0o644 }, index);
    for (const blob of blobs.values()) {
      await addStream(tar, { name: `blobs/sha256/${blob.digest}`, mode: 0o644 }, blob);
    }
  });
}

function configOf(
  { entrypoint = [], user = '', env = {}, workdir = '/' }: ImageSpec,
  layers: readonly Blob[],
): object {
  const variables = { PATH: '/usr/local/bin:/usr/bin:/bin', ...env };
  return {
    created: epoch.toISOString(),
    os: 'linux',
    architecture,
    config: {
      User: user,
      Env: Object.entries(variables).map(([key, value]) => `${key}=${value}`),
      Entrypoint: entrypoint,
      WorkingDir: workdir,
    },
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => `sha256:${layer.digest}`) },
  };
}

function descriptor(type: string, { digest, size }: Blob): object {
  return { mediaType: `${media}.${type}`, digest: `sha256:${digest}`, size };
}

function jsonBlob(value: object): Blob {
  const bytes = Buffer.from(JSON.stringify(value));
  const digest = createHash('sha256').update(bytes).digest('hex');
  return { digest, size: bytes.length, open: () => Readable.from([bytes]) };
}

async function addEntry(tar: Pack, entry: Entry): Promise<void> {
  const name = entry.path.slice(1);
  switch (entry.kind) {
    case 'file': {
      const { size, mode } = await stat(entry.source);
      const open = () => createReadStream(entry.source);
      return addStream(tar, { name, mode: entry.mode ?? mode & 0o777 }, { size, open });
    }
    case 'text': {
      const bytes = Buffer.from(entry.text);
      const open = () => Readable.from([bytes]);
      return addStream(tar, { name, mode: entry.mode ?? 0o644 }, { size: bytes.length, open });
    }
    case 'directory':
      tar.entry({ name: `${name}/`, type: 'directory', mode: entry.mode ?? 0o755, mtime: epoch });
      return;
    case 'link':
      tar.entry({ name, type: 'symlink', linkname: entry.target, mode: 0o777, mtime: epoch });
      return;
    default:
      entry satisfies never;
  }
}

async function addStream(
  tar: Pack,
  { name, mode }: { name: string; mode: number },
  { size, open }: Pick<Blob, 'size' | 'open'>,
): Promise<void> {
  await pipeline(open(), tar.entry({ name, mode, size, mtime: epoch, type: 'file' }));
}

/** Writes what `fill` adds, and measures it on the way. */
async function writeTar(
  path: string,
  fill: (tar: Pack) => Promise<void>,
): Promise<{ digest: string; size: number }> {
  const tar = pack();
  const hash = createHash('sha256');
  let size = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      size += chunk.length;
      done(null, chunk);
    },
  });
  const written = pipeline(Readable.from(tar), measure, createWriteStream(path));
  try {
    await fill(tar);
    tar.finalize();
  } catch (error) {
    tar.destroy(error as Error);
    await written.catch(() => undefined); // it fails with what we are about to throw
    throw error;
  }
  await written;
  return { digest: hash.digest('hex'), size };
}
