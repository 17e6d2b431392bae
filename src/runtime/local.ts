import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import type { ConnectionConfig } from './connection.js';

/** The folder in which every pod finds the account that it runs as (Kubernetes' "Accessing the API from a Pod"). */
const accountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The connection that this process was started with: the given kubeconfig, else `KUBECONFIG`, else the service account
 * of the pod, else `~/.kube/config`.
 *
 * @throws Error when there is no such file, or it names no cluster
 */
export async function loadLocal(file?: string): Promise<ConnectionConfig> {
  if (file === undefined && !process.env.KUBECONFIG) {
    const account = accountOf(process.env, accountFolder);
    if (account !== undefined) return account;
  }
  // client-node brings classes for all of Kubernetes; a pod has no kubeconfig and does without them
  const { loadKubeconfig } = await import('./kubeconfig.js');
  return loadKubeconfig(file);
}

/**
 * The connection of a pod, as client-go's `rest.InClusterConfig` makes it. The token and the CA are files that the
 * kubelet rotates, so each load reads them again.
 *
 * @returns undefined outside of a pod
 */
export function accountOf(environment: NodeJS.ProcessEnv, folder: string): ConnectionConfig | undefined {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = environment;
  const [token, ca, namespace] = ['token', 'ca.crt', 'namespace'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  if (!host || !port || !existsSync(token)) return undefined;
  return {
    server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
    verified: true,
    ...(existsSync(namespace) && { namespace: readFileSync(namespace, 'utf8').trim() }),
    load: async () => {
      const [trusted, bearer] = await Promise.all([readFile(ca, 'utf8'), readFile(token, 'utf8')]);
      return { ca: trusted, headers: { authorization: `Bearer ${bearer.trim()}` } };
    },
  };
}
