import { existsSync } from 'node:fs';
import { apiOf, type Api } from '../api.js';
import type { Part } from '../binaries.js';
import { apiServerArgs, controllerManagerArgs, etcdArgs } from '../controlplane.js';
import { run } from '../exec.js';
import { waitFor, type WaitOptions } from '../wait.js';
import { addons } from './addons.js';
import type { Ranges } from './config.js';
import { filesOf, kubeconfigPath, readAdmin, writeFiles } from './files.js';
import { inNetworkOf } from './network.js';
import { pathInNode, programsOf } from './programs.js';

/** One node, as the set's state file describes it. */
export interface NodeSpec {
  readonly name: string;
  /** Its number in the set. */
  readonly n: number;
  /** Its state: credentials, logs, and what the node's programs keep. */
  readonly dir: string;
  /** Its first process, as this machine numbers it. */
  readonly pid: number;
  readonly address: string;
  readonly ranges: Ranges;
  readonly cgroup: string;
}

/** What nodes are made of: programs, and images as OCI archives. */
export interface Material {
  readonly binaries: Record<Part, string>;
  readonly images: readonly string[];
}

/**
 * Starts everything on a node and waits until the cluster is ready to use. The API server and the import of images
 * take longest and run side by side.
 */
export async function startNode(
  node: NodeSpec,
  { binaries, images }: Material,
  signal?: AbortSignal,
): Promise<void> {
  const { name, dir, pid } = node;
  const files = filesOf(dir);
  const wait: WaitOptions = signal ? { signal } : {};
  const programs = programsOf(pid);
  const kube: StartKube = (program, args) => programs.start(program, [binaries.kube, program, ...args]);

  const control = pathInNode(pid, '/run/control.sock');
  await Promise.all([
    writeFiles(node),
    waitFor(`node ${name}`, () => existsSync(control), { ...wait, every: 10 }),
  ]);
  await Promise.all([
    kube('etcd', etcdArgs(files.etcd)),
    programs.start('containerd', ['/usr/bin/containerd', '--config', files.containerd]),
  ]);
  const [api] = await Promise.all([
    startApiServer(node, binaries.kube, signal),
    importImages(pid, images, wait),
  ]);
  await Promise.all([
    startControllers(node, kube),
    programs.start('loadbalancer', [binaries.node, 'loadbalancer', loopback, files.pki, node.address]),
    // Not earlier: a pod that is bound before its images are there waits 15 s for the next attempt.
    kube('kubelet', [
      `--config=${files.kubelet}`,
      `--kubeconfig=${kubeconfigPath(dir, 'kubelet')}`,
      `--hostname-override=${name}`,
      `--node-ip=${node.address}`,
    ]),
    ...addons(node.ranges.dns).map(({ path, object }) => api.post(path, object)),
  ]);
  await kube('kube-proxy', [`--config=${files.proxy}`, `--hostname-override=${name}`]); // whose rights are an add-on
  await waitUntilReady(node, api, wait);
}

const loopback = 'https://127.0.0.1:6443';

type StartKube = (program: string, args: string[]) => Promise<void>;

async function startControllers({ dir, ranges }: NodeSpec, kube: StartKube): Promise<void> {
  const scheduler = kubeconfigPath(dir, 'kube-scheduler');
  await Promise.all([
    kube('kube-controller-manager', [
      ...controllerManagerArgs(filesOf(dir).pki),
      '--allocate-node-cidrs=true',
      `--cluster-cidr=${ranges.pods}`,
      '--node-cidr-mask-size=24',
    ]),
    kube('kube-scheduler', [
      ...['', 'authentication-', 'authorization-'].map((use) => `--${use}kubeconfig=${scheduler}`),
      '--bind-address=127.0.0.1',
      '--leader-elect=false',
    ]),
  ]);
}

async function importImages(pid: number, archives: readonly string[], wait: WaitOptions): Promise<void> {
  await waitFor('containerd', () => run([...ctr(pid), 'version']), wait);
  for (const archive of archives) await loadImage(pid, archive);
}

/** Starts a node's API server, for the first time or again, and waits until it answers. */
export async function startApiServer(node: NodeSpec, kube: string, signal?: AbortSignal): Promise<Api> {
  const { dir, pid, address, ranges } = node;
  const { pki } = filesOf(dir);
  await programsOf(pid).start('kube-apiserver', [
    kube,
    'kube-apiserver',
    ...apiServerArgs({ pki, bind: '0.0.0.0', advertise: address, serviceCidr: ranges.services }),
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    `--kubelet-client-certificate=${pki}/admin.crt`,
    `--kubelet-client-key=${pki}/admin.key`,
    `--kubelet-certificate-authority=${pki}/ca.crt`,
    '--kubelet-preferred-address-types=InternalIP',
  ]);
  const api = apiOf(await readAdmin(node));
  await waitFor(`the API server (log: ${dir}/log)`, async () => (await api.get('/readyz')) === 'ok', {
    ...(signal && { signal }),
  });
  return api;
}

/** Imports an OCI archive into the containerd of the node with the first process `pid`. */
export async function loadImage(pid: number, archive: string): Promise<void> {
  await run([...ctr(pid), 'images', 'import', archive]);
}

function ctr(pid: number): [string, ...string[]] {
  return ['ctr', '--address', pathInNode(pid, '/run/containerd/containerd.sock'), '--namespace', 'k8s.io'];
}

async function waitUntilReady({ name, pid, ranges }: NodeSpec, api: Api, wait: WaitOptions): Promise<void> {
  await Promise.all([
    waitFor(
      'the default service account',
      () => api.get('/api/v1/namespaces/default/serviceaccounts/default'),
      wait,
    ),
    waitFor(
      `node ${name} to be Ready`,
      async () => hasCondition(await api.get(`/api/v1/nodes/${name}`), 'Ready'),
      wait,
    ),
  ]);
  const coredns = '/apis/apps/v1/namespaces/kube-system/deployments/coredns';
  await waitFor('CoreDNS', async () => hasCondition(await api.get(coredns), 'Available'), wait);
  const lookup = ['timeout', '1', 'busybox', 'nslookup', 'kubernetes.default.svc.cluster.local', ranges.dns];
  await waitFor('DNS to answer', () => run([...inNetworkOf(pid), ...lookup]), wait);
}

function hasCondition(object: unknown, type: string): boolean {
  const { status } = object as { status?: { conditions?: { type: string; status: string }[] } };
  return (
    status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false
  );
}
