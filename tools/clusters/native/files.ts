import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createCredentials } from '../controlplane.js';
import { kubeconfigOf, type Access } from '../kubeconfig.js';
import { cniConfig, containerdConfig, kubeletConfig, proxyConfig } from './config.js';
import type { NodeSpec } from './node.js';

/** Where the programs of a node find their files. */
export function filesOf(dir: string) {
  return {
    pki: join(dir, 'pki'),
    etcd: join(dir, 'etcd'),
    containerd: join(dir, 'containerd.toml'),
    kubelet: join(dir, 'kubelet.json'),
    proxy: join(dir, 'kube-proxy.json'),
    cni: join(dir, 'cni'),
  };
}

/** The path of a program's kubeconfig. */
export function kubeconfigPath(
  dir: string,
  user: 'admin' | 'kubelet' | 'kube-scheduler' | 'kube-proxy',
): string {
  return join(filesOf(dir).pki, `${user}.kubeconfig`);
}

/** Writes every file that the programs of a node read, certificates included. */
export async function writeFiles(node: NodeSpec): Promise<void> {
  const { dir, cgroup, ranges } = node;
  const { pki, ...files } = filesOf(dir);
  await mkdir(files.cni, { recursive: true });
  await Promise.all([
    writeCredentials(node),
    writeFile(files.containerd, containerdConfig(files.cni)),
    writeJson(join(files.cni, '10-pods.conflist'), cniConfig(ranges.pods)),
    writeJson(files.kubelet, kubeletConfig({ pki, cgroup, dns: ranges.dns })),
    writeJson(files.proxy, proxyConfig({ kubeconfig: kubeconfigPath(dir, 'kube-proxy'), pods: ranges.pods })),
  ]);
}

async function writeCredentials({ name, dir, address, ranges }: NodeSpec): Promise<void> {
  const { pki } = filesOf(dir);
  const service = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc'];
  const names = [...service, `${service[2]}.cluster.local`, ranges.apiService, address, '127.0.0.1'];
  const server = serverOf(address);
  const { authority, admin } = await createCredentials(pki, { name, server, names });
  const subjects = {
    kubelet: { commonName: `system:node:${name}`, organization: 'system:nodes', names: [name, address] },
    'kube-scheduler': { commonName: 'system:kube-scheduler' },
    'kube-proxy': { commonName: 'system:kube-proxy' },
  };
  for (const [user, subject] of Object.entries(subjects)) {
    const client = await authority.issue(subject);
    await writeFile(join(pki, `${user}.kubeconfig`), kubeconfigOf({ ...admin, client }), { mode: 0o600 });
    if (user !== 'kubelet') continue;
    await writeFile(join(pki, 'kubelet.crt'), client.cert);
    await writeFile(join(pki, 'kubelet.key'), client.key, { mode: 0o600 });
  }
}

/** How to be the administrator of a cluster whose files have been written. */
export async function readAdmin({ name, dir, address }: NodeSpec): Promise<Access> {
  const { pki } = filesOf(dir);
  const [ca, cert, key] = await Promise.all(
    ['ca.crt', 'admin.crt', 'admin.key'].map((file) => readFile(join(pki, file), 'utf8')),
  );
  if (!ca || !cert || !key) throw new Error(`credentials in ${pki} are empty`);
  return { name, server: serverOf(address), ca, client: { cert, key } };
}

function serverOf(address: string): string {
  return `https://${address}:6443`;
}

function writeJson(path: string, value: object): Promise<void> {
  return writeFile(path, JSON.stringify(value, null, 2));
}
