import { mkdir, mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ensureImages } from '../../images/testimages.js';
import { ensureBinaries } from '../binaries.js';
import type { ClusterSet, CreateOptions } from '../cluster.js';
import { ensurePackages } from '../packages.js';
import { step, toStderr, type Progress } from '../progress.js';
import { isRunning } from '../tied.js';
import { createCgroup } from './cgroups.js';
import { rangesOf } from './config.js';
import { cgroupOf, removeGuarded, startGuard } from './guard.js';
import { addressOf, createFabric, maxNodes, plugNode } from './network.js';
import { startNode, type Material, type NodeSpec } from './node.js';
import { setOf, writeState, type State } from './set.js';

const prefix = 'service-mirror-clusters-';

/** Programs, packages and images of native clusters: minutes the first time, nothing later. */
export async function prepareNative(progress: Progress): Promise<Material> {
  await ensurePackages(progress);
  const binaries = await ensureBinaries(progress);
  return { binaries, images: await ensureImages(binaries) };
}

/** Creates clusters out of namespaces of this machine, which takes root and Debian or Ubuntu; see `createClusters`. */
export async function createNative(names: readonly string[], options: CreateOptions): Promise<ClusterSet> {
  checkNames(names);
  if (process.getuid?.() !== 0)
    throw new Error('native clusters need root; with Docker there is --provider kind');
  const { progress = toStderr } = options;
  const material = await prepareNative(progress);
  const guardProgram = material.binaries.node;
  await removeOrphans(guardProgram);
  const dir = options.dir ? resolve(options.dir) : await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));
  await removeGuarded(guardProgram, dir);
  try {
    return await step(`creating clusters ${names.join(' and ')}`, progress, () =>
      create(dir, names, { ...options, material }),
    );
  } catch (error) {
    await removeGuarded(guardProgram, dir);
    throw error;
  }
}

async function create(
  dir: string,
  names: readonly string[],
  { material, sameCidrs = false, signal, ...options }: CreateOptions & { material: Material },
): Promise<ClusterSet> {
  const { binaries } = material;
  await Promise.all(names.map((name) => mkdir(join(dir, name), { recursive: true })));
  await Promise.all(names.map((name) => createCgroup(join(cgroupOf(dir), name))));
  const guard = await startGuard(binaries.node, dir, names);
  const subnet = await createFabric(guard.pid);
  const nodes = names.map((name, n): NodeSpec => {
    const pid = guard.nodes[name] ?? 0;
    const cgroup = join(cgroupOf(dir), name);
    const ranges = rangesOf(sameCidrs ? 0 : n);
    return { name, n, dir: join(dir, name), pid, address: addressOf(subnet, n), ranges, cgroup };
  });
  await Promise.all(
    nodes.map(async (node) => {
      await plugNode(guard.pid, node);
      await startNode(node, material, signal);
    }),
  );
  const state: State = { binaries, guard: guard.pid, nodes };
  await writeState(dir, state);
  if (options.dir) guard.detach();
  return setOf(dir, state);
}

/** Removes what test runs left whose process is dead, if even their guard could not do it. */
export async function removeOrphans(guardProgram: string): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1];
    if (pid && !isRunning(Number(pid))) await removeGuarded(guardProgram, join(tmpdir(), name));
  }
}

function checkNames(names: readonly string[]): void {
  const bad = names.find((name) => !/^[a-z]([-a-z0-9]{0,30}[a-z0-9])?$/.test(name));
  if (bad !== undefined) throw new Error(`${bad} is not a name for a cluster: at most 32 of a-z, 0-9 and -`);
  if (new Set(names).size !== names.length || names.length === 0 || names.length > maxNodes) {
    throw new Error(`clusters need 1 to ${maxNodes} different names, not: ${names.join(' ')}`);
  }
}
