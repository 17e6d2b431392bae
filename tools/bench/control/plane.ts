import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { namespaces } from '../../../src/api/resources.js';
import { createKube, type KubeClient } from '../../../src/runtime/kube.js';
import { loadLocal } from '../../../src/runtime/local.js';
import { run } from '../../clusters/exec.js';
import { serverIn } from '../../clusters/kubeconfig.js';
import { kubectlOf } from '../../clusters/kubectl.js';
import { startLight } from '../../clusters/light.js';
import { root } from '../../clusters/paths.js';
import { inTurns } from '../../clusters/turns.js';
import { readStat } from '../proc.js';
import { bareAccountObjects } from './bareaccount.js';
import type { BareAccess } from './bareclient.js';
import { namespaceName, namespaceOf, ownNamespace, type Layout } from './objects.js';
import { requestsIn, writeAuditPolicy, type ApiRequest } from './requests.js';

/** A control plane with the product's manifests, and what is measured of it. */
export interface Plane {
  /** An administrator; its requests are not counted. */
  readonly kube: KubeClient;
  /** How a ServiceAccount of the operator's namespace reaches it. */
  access(account: string): Promise<BareAccess>;
  /** Seconds of CPU that the API server has taken since it started. */
  cpu(): Promise<number>;
  /** Requests for single objects that ServiceAccounts have made so far, the refused ones too, from the audit log. */
  requests(): Promise<ApiRequest[]>;
  /** Ends the API server as a crash would, and starts it again: it knows no old versions, so that all list again. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a control plane, installs the manifests of the operator, and lets London read it, and the bare client work. */
export async function openPlane({ spread }: Pick<Layout, 'spread'>): Promise<Plane> {
  const folder = await mkdtemp(join(tmpdir(), 'service-mirror-bench-'));
  const [auditLog, policy] = [join(folder, 'audit'), join(folder, 'audit-policy.json')];
  await writeAuditPolicy(policy);
  const cluster = await startLight({ auditLog, apiServerArgs: [`--audit-policy-file=${policy}`] });
  const kube = createKube(await loadLocal(cluster.kubeconfig), { fieldManager: 'bench' });
  const close = async () => {
    await kube.close();
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const { port } = new URL(cluster.server);
    const kubectl = await kubectlOf(cluster.kubeconfig);
    const paths = ['manifests', 'manifests/peer-access'].flatMap((path) => ['-f', join(root, path)]);
    await kubectl('apply', ...paths);
    await kubectl.apply(await run(['sh', join(root, 'examples/peer-access.sh'), 'london']));
    await kubectl.apply(bareAccountObjects());
    await inTurns(Array(spread).keys(), 8, async (n) => {
      await kube.create(namespaces, namespaceOf(namespaceName(n, { spread })));
    });
    return {
      kube,
      async access(account) {
        const token = await kubectl('create', 'token', account, '-n', ownNamespace, '--duration=24h');
        return { ...(await serverIn(cluster.kubeconfig)), token: token.trim() };
      },
      cpu: async () => readStat(await readFile(`/proc/${await apiServerOf(port)}/stat`, 'utf8')).cpu,
      requests: () => requestsIn(auditLog),
      async restart() {
        // if nothing was written since the last event of a watch, a new API server lets that watch go on
        const annotations = { 'bench/restarted': String(Date.now()) };
        await kube.mergePatch(namespaces, 'default', { metadata: { annotations } });
        await cluster.stopApiServer();
        await cluster.startApiServer();
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Process id of the API server that listens on a port. */
async function apiServerOf(port: string): Promise<number> {
  for (const entry of await readdir('/proc')) {
    const command = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
    if (command.split('\0').includes(`--secure-port=${port}`)) return Number(entry);
  }
  throw new Error(`no API server listens on port ${port}`);
}
