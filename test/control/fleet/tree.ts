import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../../src/api/objects.js';
import { run } from '../../../tools/clusters/exec.js';
import type { Kubectl } from '../../../tools/clusters/kubectl.js';
import { root } from '../../../tools/clusters/paths.js';

/** The clusters of examples/fleet. */
export const fleet = ['london', 'paris', 'berlin'] as const;

/** One of them. */
export type Member = (typeof fleet)[number];

/** What Git holds of a cluster, and the one Secret that it does not. */
export interface Desired {
  readonly objects: readonly KubeObject[];
  /** YAML. */
  readonly secret: string;
}

/** Does with a copy of examples/fleet what docs/gitops.md says, and renders each cluster as Flux and Argo CD do. */
export async function renderFleet(kubectl: Kubectl): Promise<Readonly<Record<Member, Desired>>> {
  const tree = await mkdtemp(join(tmpdir(), 'fleet-'));
  try {
    await cp(join(root, 'examples/fleet'), tree, { recursive: true });
    await cp(join(root, 'manifests'), join(tree, 'base/install'), { recursive: true });
    const make = (name: Member) => run(['sh', join(tree, 'new-ca.sh'), name]);
    const secrets = {
      london: await make('london'),
      paris: await make('paris'),
      berlin: await make('berlin'),
    };
    const render = async (name: Member): Promise<Desired> => {
      const text = await kubectl('kustomize', join(tree, 'clusters', name));
      const objects = parseAllDocuments(text).map((document) => document.toJS() as KubeObject);
      return { objects, secret: secrets[name] };
    };
    return { london: await render('london'), paris: await render('paris'), berlin: await render('berlin') };
  } finally {
    await rm(tree, { recursive: true, force: true });
  }
}

/** All files of examples/fleet, with their texts. */
export async function filesOfFleet(): Promise<ReadonlyMap<string, string>> {
  const folder = join(root, 'examples/fleet');
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = found.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
  return new Map(await Promise.all(files.map(async (path) => [path, await readFile(path, 'utf8')] as const)));
}

/** Gives the names of these hosts addresses, from now on, in the mount namespace of this sealed program. */
export async function nameHosts(hosts: Readonly<Record<string, string>>): Promise<void> {
  const path = join(tmpdir(), 'hosts');
  const lines = Object.entries({ localhost: '127.0.0.1', ...hosts }).map(([name, ip]) => `${ip} ${name}\n`);
  await writeFile(path, lines.join(''));
  await run(['mount', '--bind', path, '/etc/hosts']);
}
