import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ensureToolsImage } from '../images/testimages.js';
import { ensureBinary } from './binaries.js';
import type { Cluster, ClusterSet, CreateOptions } from './cluster.js';
import { run } from './exec.js';
import { writeKubectl } from './kubectl.js';
import { root } from './paths.js';
import { step, toStderr } from './progress.js';
import { waitFor } from './wait.js';

/** The file that kind reads, the same for every cluster. */
export const kindConfig = join(root, 'kind-config.yaml');

const stateFile = 'kind.json';
const manifest = 'kube-apiserver.yaml';

/**
 * Creates clusters with kind, which takes Docker, kind, kubectl and Go; see `createClusters`. Written for machines
 * that have Docker, from kind's documentation: those that the project is developed on do not, so it has not been run.
 * The ranges are always the same in all clusters, and the clusters outlive a process that is killed.
 */
export async function createKind(names: readonly string[], options: CreateOptions): Promise<ClusterSet> {
  const { progress = toStderr, signal } = options;
  const dir = resolve(options.dir ?? (await mkdtemp(join(tmpdir(), 'service-mirror-kind-'))));
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, stateFile), JSON.stringify(names));
  await writeKubectl(dir, ['kubectl']);
  try {
    const tools = await ensureToolsImage(await ensureBinary('echo', progress));
    // One after the other: kind's own advice, since creation is bound by disk and CPU.
    for (const name of names) {
      await step(`creating cluster ${name}`, progress, async () => {
        const arguments_ = [
          '--name',
          name,
          '--config',
          kindConfig,
          '--kubeconfig',
          join(dir, 'kind'),
          '--wait',
          '5m',
        ];
        await run(['kind', 'create', 'cluster', ...arguments_], signal && { signal });
        await (await clusterOf(dir, name)).loadImage(tools);
      });
    }
    return await setOf(dir, names);
  } catch (error) {
    await removeAll(dir, names);
    throw error;
  }
}

/** The clusters that `createKind` created in a directory; undefined when there are none. */
export async function openKind(dir: string): Promise<ClusterSet | undefined> {
  const path = join(resolve(dir), stateFile);
  if (!existsSync(path)) return undefined;
  return setOf(resolve(dir), JSON.parse(await readFile(path, 'utf8')) as string[]);
}

async function setOf(dir: string, names: readonly string[]): Promise<ClusterSet> {
  const clusters: Record<string, Cluster> = {};
  for (const name of names) clusters[name] = await clusterOf(dir, name);
  const filter = async (verb: '--insert' | '--delete', [at, from]: [string, string]) => {
    const source = clusters[from]?.nodeAddress ?? from;
    // The raw table comes before connection tracking, so that open connections are cut too.
    await inNode(at, [
      'iptables',
      '--table',
      'raw',
      verb,
      'PREROUTING',
      '--source',
      source,
      '--jump',
      'DROP',
    ]);
  };
  const both = async (verb: '--insert' | '--delete', a: string, b: string) => {
    await filter(verb, [a, b]);
    await filter(verb, [b, a]);
  };
  return {
    clusters,
    cut: (a, b) => both('--insert', a, b),
    restore: (a, b) => both('--delete', a, b),
    async hideApiServers() {
      for (const at of names)
        for (const from of names.filter((name) => name !== at))
          await inNode(at, [
            ...[
              'iptables',
              '--table',
              'raw',
              '--insert',
              'PREROUTING',
              '--protocol',
              'tcp',
              '--dport',
              '6443',
            ],
            ...['--source', clusters[from]?.nodeAddress ?? from, '--jump', 'DROP'],
          ]);
    },
    remove: () => removeAll(dir, names),
  };
}

async function clusterOf(dir: string, name: string): Promise<Cluster> {
  const kubeconfig = join(dir, `${name}.kubeconfig`);
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
  const nodeAddress = (await run(['docker', 'inspect', '--format', format, nodeOf(name)])).trim();
  const local = await run(['kind', 'get', 'kubeconfig', '--name', name]);
  // kind's own leads to a port of this machine's loopback, where no other cluster gets.
  const reachable = local.replace(/server: .*/, `server: https://${nodeAddress}:6443`);
  await writeFile(kubeconfig, reachable, { mode: 0o600 });
  const kubectl: Cluster['kubectl'] = (args, options) =>
    run(['kubectl', '--kubeconfig', kubeconfig, ...args], options);
  return {
    name,
    kubeconfig,
    nodeAddress,
    kubectl,
    loadImage: async (archive) =>
      void (await run(['kind', 'load', 'image-archive', archive, '--name', name])),
    stopApiServer: async () => {
      // The kubelet would start a static pod again for as long as its manifest is there.
      const script = `mv /etc/kubernetes/manifests/${manifest} /kind/ && pkill -KILL kube-apiserver`;
      await inNode(name, ['sh', '-c', script]);
    },
    startApiServer: async () => {
      await inNode(name, ['mv', `/kind/${manifest}`, '/etc/kubernetes/manifests/']);
      await waitFor('the API server', () => kubectl(['get', '--raw', '/readyz']), {
        every: 500,
        timeout: 120_000,
      });
    },
    remove: () => removeCluster(name),
  };
}

async function removeAll(dir: string, names: readonly string[]): Promise<void> {
  await Promise.all(names.map(removeCluster));
  await rm(dir, { recursive: true, force: true });
}

async function removeCluster(name: string): Promise<void> {
  await run(['kind', 'delete', 'cluster', '--name', name]);
}

function inNode(name: string, argv: readonly string[]): Promise<string> {
  return run(['docker', 'exec', nodeOf(name), ...argv]);
}

function nodeOf(name: string): string {
  return `${name}-control-plane`;
}
