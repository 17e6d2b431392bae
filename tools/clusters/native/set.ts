import { existsSync, readFileSync } from 'node:fs';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Part } from '../binaries.js';
import type { Cluster, ClusterSet } from '../cluster.js';
import { run } from '../exec.js';
import { writeKubectl } from '../kubectl.js';
import { waitFor } from '../wait.js';
import { kubeconfigPath } from './files.js';
import { findGuard, removeGuarded } from './guard.js';
import { hidePort, setCut } from './network.js';
import { loadImage, startApiServer, type NodeSpec } from './node.js';
import { programsOf } from './programs.js';

/** Running native clusters, as `state.json` in their directory has it. */
export interface State {
  readonly binaries: Record<Part, string>;
  /** The process that owns them. */
  readonly guard: number;
  readonly nodes: readonly NodeSpec[];
}

/** Writes what users and later processes need: state, kubeconfigs, and a `kubectl` that needs no installation. */
export async function writeState(dir: string, state: State): Promise<void> {
  await writeFile(join(dir, 'state.json'), JSON.stringify(state, null, 2));
  await Promise.all(
    state.nodes.map((node) =>
      copyFile(kubeconfigPath(node.dir, 'admin'), join(dir, `${node.name}.kubeconfig`)),
    ),
  );
  await writeKubectl(dir, [state.binaries.kube, 'kubectl']);
}

/** The clusters that run with their state in a directory, whoever created them; undefined when none do. */
export async function openNative(directory: string): Promise<ClusterSet | undefined> {
  const dir = resolve(directory);
  const path = join(dir, 'state.json');
  if ((await findGuard(dir)) === undefined || !existsSync(path)) return undefined;
  const state = JSON.parse(await readFile(path, 'utf8')) as State;
  return setOf(dir, { ...state, nodes: state.nodes.filter((node) => existsSync(node.dir)) });
}

/** The running clusters of a state as objects. */
export function setOf(dir: string, { binaries, guard, nodes }: State): ClusterSet {
  const numberOf = (name: string) => {
    const node = nodes.find((one) => one.name === name);
    if (!node) throw new Error(`no cluster ${name}; there are ${nodes.map((one) => one.name).join(', ')}`);
    return node.n;
  };
  return {
    clusters: Object.fromEntries(nodes.map((node) => [node.name, clusterOf(dir, node, binaries.kube)])),
    cut: (a, b) => setCut(guard, [numberOf(a), numberOf(b)], true),
    restore: (a, b) => setCut(guard, [numberOf(a), numberOf(b)], false),
    hideApiServers: () => hidePort(guard, 6443),
    remove: () => removeGuarded(binaries.node, dir),
  };
}

function clusterOf(dir: string, node: NodeSpec, kube: string): Cluster {
  const kubeconfig = join(dir, `${node.name}.kubeconfig`);
  return {
    name: node.name,
    kubeconfig,
    nodeAddress: node.address,
    kubectl: (args, options) => run([kube, 'kubectl', '--kubeconfig', kubeconfig, ...args], options),
    loadImage: (archive) => loadImage(node.pid, archive),
    stopApiServer: () => programsOf(node.pid).kill('kube-apiserver'),
    startApiServer: async () => void (await startApiServer(node, kube)),
    remove: () => removeNode(node),
  };
}

/** Kills a node's first process, and with it the node; the guard, which sees it end, removes the rest. */
async function removeNode({ name, pid, dir }: NodeSpec): Promise<void> {
  if (isInit(pid, dir)) process.kill(pid, 'SIGKILL');
  await waitFor(`the end of ${name}`, () => !existsSync(dir), { every: 20 });
}

/** Numbers of processes are used again. */
function isInit(pid: number, dir: string): boolean {
  try {
    const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return argv[1] === 'init' && argv[2] === dir;
  } catch {
    return false;
  }
}
