import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig, type Cluster, type User } from '@kubernetes/client-node';
import { expiryOf, type ConnectionConfig, type ConnectionCredentials } from './connection.js';

/**
 * The connection of a kubeconfig: the given file, else those that `KUBECONFIG` names, else `~/.kube/config`. Files may
 * name further files and exec plugins; every load of the credentials reads them again.
 *
 * @throws Error when there is no such file, or it names no cluster
 */
export function loadKubeconfig(file?: string): ConnectionConfig {
  const config = read(file);
  const { cluster, user } = current(config);
  const namespace = config.getContextObject(config.getCurrentContext())?.namespace;
  const expires = expiryOf({ cert: decoded(user?.certData), token: user?.token });
  return {
    server: cluster.server,
    verified: !cluster.skipTLSVerify,
    ...(cluster.tlsServerName !== undefined && { serverName: cluster.tlsServerName }),
    ...(expires !== undefined && { expires }),
    ...(namespace !== undefined && { namespace }),
    load: () => loadCredentials(read(file)),
  };
}

function read(file: string | undefined): KubeConfig {
  const config = new KubeConfig();
  if (file !== undefined) config.loadFromFile(file);
  else if (process.env.KUBECONFIG || existsSync(join(homedir(), '.kube', 'config'))) config.loadFromDefault();
  // client-node would go on with http://localhost:8080
  else throw new Error('no kubeconfig: give --kubeconfig, or set KUBECONFIG');
  return config;
}

function current(config: KubeConfig): { cluster: Cluster; user: User | null } {
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error(`kubeconfig: context ${config.getCurrentContext()} names no cluster`);
  if (cluster.proxyUrl !== undefined) throw new Error('kubeconfig: proxy-url is not supported');
  return { cluster, user: config.getCurrentUser() };
}

async function loadCredentials(config: KubeConfig): Promise<ConnectionCredentials> {
  const { cluster, user } = current(config);
  const [ca, cert, key, token] = await Promise.all([
    fileOrData(cluster.caFile, cluster.caData),
    fileOrData(user?.certFile, user?.certData),
    fileOrData(user?.keyFile, user?.keyData),
    tokenOf(user),
  ]);
  const plugged = user?.exec ? await runPlugin(config) : {};
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...plugged,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(user?.impersonateUser && { 'impersonate-user': user.impersonateUser }),
      ...plugged.headers,
    },
  };
}

/** Lets client-node run the exec plugin (client.authentication.k8s.io); each load runs it once. */
async function runPlugin(config: KubeConfig): Promise<Partial<ConnectionCredentials>> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const authorization = (options.headers as Record<string, unknown> | undefined)?.Authorization;
  return {
    ...(options.cert !== undefined && { cert: options.cert as string }),
    ...(options.key !== undefined && { key: options.key as string }),
    ...(typeof authorization === 'string' && { headers: { authorization } }),
  };
}

async function tokenOf(user: User | null): Promise<string | undefined> {
  const provider = user?.authProvider as { config?: { tokenFile?: string } } | null | undefined;
  const file = provider?.config?.tokenFile;
  return (file === undefined ? user?.token : await readFile(file, 'utf8'))?.trim();
}

async function fileOrData(file: string | undefined, data: string | undefined): Promise<string | undefined> {
  return file ? readFile(file, 'utf8') : decoded(data);
}

function decoded(data: string | undefined): string | undefined {
  return data ? Buffer.from(data, 'base64').toString('utf8') : undefined;
}
