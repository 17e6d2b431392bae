import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run, runAloud } from '../clusters/exec.js';
import { cacheDir, root } from '../clusters/paths.js';
import { step, type Progress } from '../clusters/progress.js';
import { fillFolder } from '../debian/unpack.js';
import { writeImage } from '../images/oci.js';

/** Traefik, and the CRDs of Gateway API that it was built with. */
export interface Traefik {
  /** An image of it, as an OCI archive. */
  readonly archive: string;
  /** Files to apply. */
  readonly crds: readonly string[];
}

/** The name of the image. */
export const traefikImage = 'service-mirror-test/traefik:1';

/** The module, as it is published; the sum is that of its archive. */
const release = {
  path: 'github.com/traefik/traefik/v3',
  version: 'v3.7.13',
  sum: 'h1:T8wy9KuaFzCkmXCqAzDy7t73pBDR1DHrJe3pqXpNXTw=',
} as const;

/** Modules that stand in for others: folders beside this file. */
const standins = join(root, 'tools/traefik/standins');

const environment = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=mod -buildvcs=false' };

/**
 * Builds Traefik out of its Go module, once, into the cache. The module lacks one package, and some of what it requires is
 * there only for what is not tested here (passwords, and certificates by way of DNS services): small packages stand in for them.
 */
export async function ensureTraefik(progress: Progress): Promise<Traefik> {
  const folder = join(cacheDir, `traefik-${await inputsHash()}`);
  if (!existsSync(folder))
    await step('building Traefik (once; a quarter of an hour with a cold Go cache)', progress, () =>
      fillFolder(folder, build),
    );
  const crds = join(folder, 'crds');
  return {
    archive: join(folder, 'image.tar'),
    crds: (await readdir(crds)).toSorted().map((name) => join(crds, name)),
  };
}

async function build(folder: string): Promise<void> {
  const work = join(folder, 'work');
  const [source, lego] = [join(work, 'traefik'), join(work, 'lego')];
  await mkdir(work, { recursive: true });
  await writeFile(join(work, 'go.mod'), 'module work\n\ngo 1.26\n');
  const { Dir, Sum } = await fetched(`${release.path}@${release.version}`, work);
  if (Sum !== release.sum) throw new Error(`${release.path} has sum ${Sum}, and not ${release.sum}`);
  await copied(Dir, source);
  await cp(join(standins, 'ext'), join(source, 'pkg/config/dynamic/ext'), { recursive: true });
  await copied((await fetched('github.com/go-acme/lego/v5', source)).Dir, lego);
  await cp(join(standins, 'dns/dns.go'), join(lego, 'providers/dns/zz_gen_dns_providers.go'), {
    force: true,
  });
  const replaced = {
    'github.com/go-acme/lego/v5': lego,
    'github.com/abbot/go-http-auth': join(standins, 'goauth'),
  };
  const edits = Object.entries(replaced).map(([path, by]) => `-replace=${path}=${by}`);
  await run(['go', 'mod', 'edit', ...edits], { cwd: source, env: environment });
  const program = join(folder, 'traefik');
  await runAloud(['go', 'build', '-trimpath', '-ldflags', '-s -w', '-o', program, './cmd/traefik'], {
    ...{ cwd: source, env: environment },
  });
  await writeImage(join(folder, 'image.tar'), {
    name: traefikImage,
    layers: [[{ kind: 'file', path: '/traefik', source: program, mode: 0o755 }]],
    entrypoint: ['/traefik'],
  });
  const api = await fetched('sigs.k8s.io/gateway-api', source);
  await copied(join(api.Dir, 'config/crd/standard'), join(folder, 'crds'));
  await run(['rm', '-r', work, program]);
}

/** A module by its path: in a version, or in the one that the module in that folder requires, whose sums are checked. */
async function fetched(module: string, cwd: string): Promise<{ Dir: string; Sum: string }> {
  const answer = await run(['go', 'mod', 'download', '-json', module], { cwd, env: environment });
  return JSON.parse(answer) as { Dir: string; Sum: string };
}

/** The files of Go's module cache may not be written to; a copy may. */
async function copied(from: string, to: string): Promise<void> {
  await run(['cp', '-r', '--no-preserve=mode', from, to]);
}

async function inputsHash(): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(release));
  const files = await readdir(standins, { recursive: true, withFileTypes: true });
  const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
  for (const path of paths.toSorted()) hash.update(await readFile(path));
  return hash.digest('hex').slice(0, 16);
}
