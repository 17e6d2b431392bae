import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKube, type KubeClient } from '../../../src/runtime/kube.js';
import { loadLocal } from '../../../src/runtime/kubeconfig.js';
import { ensureBinary } from '../../clusters/binaries.js';
import { run } from '../../clusters/exec.js';
import { startLight } from '../../clusters/light.js';
import { root } from '../../clusters/paths.js';
import { toStderr } from '../../clusters/progress.js';
import { readStat } from '../proc.js';
import { requestsIn, type ApiRequest } from './requests.js';
import { namespace, namespaceOf } from './objects.js';
import { namespaces } from '../../../src/api/resources.js';

/** Namespace of the operator, in every cluster. */
export const ownNamespace = 'service-mirror';

/** A control plane with the product's manifests, and what is measured of it. */
export interface Plane {
  /** An administrator; its requests are not counted. */
  readonly kube: KubeClient;
  /** Path of an administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** A kubeconfig (its text) of a ServiceAccount in the operator's namespace. */
  access(account: string): Promise<string>;
  /** Seconds of CPU that the API server has taken. */
  cpu(): Promise<number>;
  /** Requests that ServiceAccounts have made so far, the refused ones too, from the audit log. */
  requests(): Promise<ApiRequest[]>;
  close(): Promise<void>;
}

/** Starts a control plane, installs the manifests of the operator, and lets London read it. */
export async function openPlane(): Promise<Plane> {
  const folder = await mkdtemp(join(tmpdir(), 'service-mirror-bench-'));
  const auditLog = join(folder, 'audit');
  const cluster = await startLight({ auditLog });
  const kube = createKube(loadLocal(cluster.kubeconfig), { fieldManager: 'bench' });
  const close = async () => {
    await kube.close();
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const program = await ensureBinary('kube', toStderr);
    const command = (args: readonly string[], input = '') =>
      run([program, 'kubectl', `--kubeconfig=${cluster.kubeconfig}`, ...args], { input });
    const paths = ['manifests', 'manifests/peer-access'].flatMap((path) => ['-f', join(root, path)]);
    await command(['apply', ...paths]);
    await command(['apply', '-f', '-'], await run(['sh', join(root, 'examples/peer-access.sh'), 'london']));
    await kube.create(namespaces, namespaceOf(namespace));
    const pid = await apiServerOf(new URL(cluster.server).port);
    return {
      kube,
      kubeconfig: cluster.kubeconfig,
      async access(account) {
        const token = await command(['create', 'token', account, '-n', ownNamespace, '--duration=24h']);
        return withToken(await readFile(cluster.kubeconfig, 'utf8'), token.trim());
      },
      cpu: async () => readStat(await readFile(`/proc/${pid}/stat`, 'utf8')).cpu,
      requests: () => requestsIn(auditLog),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The same cluster, seen with a token. */
function withToken(kubeconfig: string, token: string): string {
  const config = JSON.parse(kubeconfig) as { users: { name: string; user: object }[] };
  return JSON.stringify({ ...config, users: config.users.map(({ name }) => ({ name, user: { token } })) });
}

/** Process id of the API server that listens on a port. */
async function apiServerOf(port: string): Promise<number> {
  for (const entry of await readdir('/proc')) {
    const command = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
    if (command.split('\0').includes(`--secure-port=${port}`)) return Number(entry);
  }
  throw new Error(`no API server listens on port ${port}`);
}
