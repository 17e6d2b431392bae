import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKube, type KubeClient } from '../../src/runtime/kube.js';
import { loadLocal } from '../../src/runtime/kubeconfig.js';
import { run } from '../../tools/clusters/exec.js';
import { root } from '../../tools/clusters/paths.js';
import { startLight, type LightCluster, type LightOptions } from '../../tools/clusters/light.js';
import { kubeconfigOf } from '../e2e/connect.js';
import { kubectlOf, type Kubectl } from '../control/kubectl.js';
import { auditLogOf, type AuditLog } from './audit.js';

/** Namespace of the operator, in every cluster. */
export const ownNamespace = 'service-mirror';

/** A control plane with the product's manifests in it, and an administrator's ways to use it. */
export interface ControlCluster {
  readonly cluster: LightCluster;
  readonly kube: KubeClient;
  readonly kubectl: Kubectl;
  readonly audit: AuditLog;
  /** A kubeconfig of a service account in the operator's namespace, whose token is good for so many hours. */
  access(account: string, hours?: number): Promise<string>;
  /** Lets a peer of that name read this cluster, or these namespaces of it, through ServiceAccount `peer-<name>`. */
  admit(peer: string, ...namespaces: string[]): Promise<void>;
  close(): Promise<void>;
}

const peerAccess = 'manifests/peer-access';

/** Starts a control plane and installs these manifests there; with those of peers, London is let in as one. */
export async function openSite(
  manifests: readonly string[],
  options: LightOptions = {},
): Promise<ControlCluster> {
  const dir = await mkdtemp(join(tmpdir(), 'service-mirror-audit-'));
  const auditLog = join(dir, 'log');
  const cluster = await startLight({ auditLog, ...options });
  const kube = createKube(loadLocal(cluster.kubeconfig), { fieldManager: 'someone' });
  const close = async () => {
    await kube.close();
    await cluster.stop();
    await rm(dir, { recursive: true, force: true });
  };
  try {
    const kubectl = await kubectlOf(cluster.kubeconfig);
    await kubectl('apply', ...manifests.flatMap((path) => ['-f', join(root, path)]));
    const ca = await authorityIn(cluster.kubeconfig);
    const admit = async (peer: string, ...namespaces: string[]) => {
      const only = namespaces.flatMap((namespace) => ['--namespace', namespace]);
      await kubectl.apply(await run(['sh', join(root, 'examples/peer-access.sh'), peer, ...only]));
    };
    if (manifests.includes(peerAccess)) await admit('london');
    return {
      cluster,
      kube,
      kubectl,
      audit: auditLogOf(auditLog),
      async access(account, hours = 720) {
        const token = await kubectl('create', 'token', account, '-n', ownNamespace, `--duration=${hours}h`);
        return kubeconfigOf(cluster.server, { token: token.trim(), ca });
      },
      admit,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The certificate authority in a kubeconfig of a light cluster, which is JSON; in base64. */
async function authorityIn(kubeconfig: string): Promise<string> {
  const { clusters } = JSON.parse(await readFile(kubeconfig, 'utf8')) as {
    clusters: { cluster: { 'certificate-authority-data': string } }[];
  };
  return clusters[0]?.cluster['certificate-authority-data'] ?? '';
}
