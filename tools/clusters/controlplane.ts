import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { kubeconfigOf, type Access } from './kubeconfig.js';
import { createAuthority, createKeyPair, type Authority } from './pki.js';

/** A command: the program and its arguments. */
export type Argv = [string, ...string[]];

/** The credentials of a control plane, as files for its programs and as values for us. */
export interface Credentials {
  /** Holds ca.crt, apiserver.crt, apiserver.key, admin.crt, admin.key, sa.key, sa.pub. */
  readonly dir: string;
  readonly authority: Authority;
  /** A member of system:masters. */
  readonly admin: Access;
}

/** Makes and writes the credentials of a cluster whose API server answers at `server` and under `names`. */
export async function createCredentials(
  dir: string,
  { name, server, names }: { name: string; server: string; names: readonly string[] },
): Promise<Credentials> {
  await mkdir(dir, { recursive: true });
  const authority = await createAuthority(name);
  const [apiserver, client, tokens] = await Promise.all([
    authority.issue({ commonName: 'kube-apiserver', names }),
    authority.issue({ commonName: 'admin', organization: 'system:masters' }),
    createKeyPair(),
  ]);
  const files = {
    'ca.crt': authority.cert,
    'apiserver.crt': apiserver.cert,
    'apiserver.key': apiserver.key,
    'admin.crt': client.cert,
    'admin.key': client.key,
    'sa.key': tokens.privateKey,
    'sa.pub': tokens.publicKey,
  };
  await Promise.all(
    Object.entries(files).map(([file, text]) => writeFile(join(dir, file), text, { mode: 0o600 })),
  );
  const admin = { name, server, ca: authority.cert, client };
  await writeFile(join(dir, 'admin.kubeconfig'), kubeconfigOf(admin), { mode: 0o600 });
  return { dir, authority, admin };
}

const unsynced = '--unsafe-no-fsync';

/** etcd with one member, on loopback. It never syncs to disk: these clusters need not survive a power cut. */
export function etcdArgs(dir: string, { client = 2379, peer = 2380 } = {}): string[] {
  const clients = `http://127.0.0.1:${client}`;
  const peers = `http://127.0.0.1:${peer}`;
  return [
    '--name=etcd',
    `--data-dir=${dir}`,
    `--listen-client-urls=${clients}`,
    `--advertise-client-urls=${clients}`,
    `--listen-peer-urls=${peers}`,
    `--initial-advertise-peer-urls=${peers}`,
    `--initial-cluster=etcd=${peers}`,
    unsynced,
    '--log-level=warn',
  ];
}

/** The same etcd, which syncs to disk as in production. */
export function syncing([program, ...args]: Argv): Argv {
  return [program, ...args.filter((arg) => arg !== unsynced)];
}

/** What differs between API servers; ports default to the usual ones. */
export interface ApiServerOptions {
  /** Directory of the {@link Credentials}. */
  readonly pki: string;
  readonly bind: string;
  readonly advertise: string;
  readonly serviceCidr: string;
  readonly port?: number;
  readonly etcdPort?: number;
}

/** An API server with the admission plugins that are on by default, and tokens for service accounts. */
export function apiServerArgs(options: ApiServerOptions): string[] {
  const { pki, bind, advertise, serviceCidr, port = 6443, etcdPort = 2379 } = options;
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    `--secure-port=${port}`,
    `--bind-address=${bind}`,
    `--advertise-address=${advertise}`,
    `--service-cluster-ip-range=${serviceCidr}`,
    `--tls-cert-file=${pki}/apiserver.crt`,
    `--tls-private-key-file=${pki}/apiserver.key`,
    `--client-ca-file=${pki}/ca.crt`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${pki}/sa.pub`,
    `--service-account-signing-key-file=${pki}/sa.key`,
    `--requestheader-client-ca-file=${pki}/ca.crt`, // the controller manager logs errors without it
    '--requestheader-allowed-names=front-proxy-client',
    '--allow-privileged=true',
  ];
}

/** A controller manager with the rights of an administrator, alone, so that it needs no lease. */
export function controllerManagerArgs(pki: string): string[] {
  const kubeconfig = join(pki, 'admin.kubeconfig');
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    '--bind-address=127.0.0.1',
    '--leader-elect=false',
    `--root-ca-file=${pki}/ca.crt`,
    `--service-account-private-key-file=${pki}/sa.key`,
  ];
}
