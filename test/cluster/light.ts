import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiOf } from './api.js';
import { ensureBinary } from './binaries.js';
import {
  apiServerArgs,
  controllerManagerArgs,
  createCredentials,
  etcdArgs,
  type Argv,
} from './controlplane.js';
import { toStderr } from './progress.js';
import { freePort, isAlive, isRunning, killAndWait, spawnTied } from './tied.js';
import { waitFor } from './wait.js';

/** What a light control plane may be given; everything is optional. */
export interface LightOptions {
  /**
   * Controllers of the kube-controller-manager to run, by the names of its `--controllers` flag, for example
   * `endpointslice-controller` or `namespace-controller`. None by default, and then no controller manager.
   */
  readonly controllers?: readonly string[];
  /** Range of ClusterIPs; default 10.96.0.0/16. */
  readonly serviceCidr?: string;
  /** A file that gets one line of JSON (`audit.k8s.io/v1` Event, level Metadata) per write. */
  readonly auditLog?: string;
  /** More flags for the API server. */
  readonly apiServerArgs?: readonly string[];
}

/** An API server with its etcd, on loopback, without nodes: pods stay objects. */
export interface LightCluster {
  /** Path of an administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** For example `https://127.0.0.1:21234`. */
  readonly server: string;
  /** Kills the API server, as a crash would. */
  stopApiServer(): Promise<void>;
  /** Starts it again, at the same address with the same data, and waits until it is ready. */
  startApiServer(): Promise<void>;
  /** Kills everything and removes its files. */
  stop(): Promise<void>;
}

const prefix = 'service-mirror-light-';

/**
 * Starts a control plane in 3-5 s. Its programs are killed by the kernel when this process dies, however it dies.
 * `etcd` and `kube-apiserver` are taken from `$KUBEBUILDER_ASSETS`, if that is set.
 */
export async function startLight(options: LightOptions = {}): Promise<LightCluster> {
  await removeLeftovers();
  const dir = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));
  const running = new Map<string, ChildProcess>();
  const start = (name: string, argv: Argv) => running.set(name, spawnTied(argv, join(dir, `${name}.log`)));
  const stop = async () => {
    await Promise.all([...running.values()].map((child) => killAndWait(child)));
    await rm(dir, { recursive: true, force: true });
  };

  try {
    const port = await freePort();
    const etcd = { client: await freePort(), peer: await freePort() };
    const server = `https://127.0.0.1:${port}`;
    const credentials = await createCredentials(join(dir, 'pki'), {
      name: 'light',
      server,
      names: ['127.0.0.1'],
    });
    const api = apiOf(credentials.admin);
    const apiServer: Argv = [
      ...(await programOf('kube-apiserver')),
      ...apiServerArgs({
        pki: credentials.dir,
        bind: '127.0.0.1',
        advertise: '127.0.0.1',
        serviceCidr: options.serviceCidr ?? '10.96.0.0/16',
        port,
        etcdPort: etcd.client,
      }),
      '--authorization-mode=RBAC',
      '--disable-admission-plugins=ServiceAccount', // pods are accepted although nobody makes service accounts
      ...(options.auditLog ? await auditArgs(dir, options.auditLog) : []),
      ...(options.apiServerArgs ?? []),
    ];
    const log = join(dir, 'kube-apiserver.log');
    const startApiServer = async () => {
      start('kube-apiserver', apiServer);
      const state = await waitFor('the API server to be ready', async () => {
        const process = running.get('kube-apiserver');
        if (process && !isAlive(process)) return 'ended';
        return (await api.get('/readyz')) === 'ok' && 'ready';
      });
      if (state === 'ended') throw new Error(`the API server ended:\n${await lastLines(log)}`);
    };

    start('etcd', [...(await programOf('etcd')), ...etcdArgs(join(dir, 'etcd'), etcd)]);
    await startApiServer();
    if (options.controllers?.length) {
      start('kube-controller-manager', [
        await ensureBinary('kube', toStderr),
        'kube-controller-manager',
        ...controllerManagerArgs(credentials.dir),
        '--secure-port=0',
        `--controllers=${options.controllers.join(',')}`,
      ]);
    }
    return {
      kubeconfig: join(credentials.dir, 'admin.kubeconfig'),
      server,
      stopApiServer: async () => killAndWait(running.get('kube-apiserver')),
      startApiServer,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** How to call etcd or kube-apiserver: envtest's, if there are any, else ours. */
async function programOf(name: 'etcd' | 'kube-apiserver'): Promise<Argv> {
  const assets = process.env['KUBEBUILDER_ASSETS'];
  return assets ? [join(assets, name)] : [await ensureBinary('kube', toStderr), name];
}

async function auditArgs(dir: string, path: string): Promise<string[]> {
  const policy = join(dir, 'audit-policy.json');
  await writeFile(
    policy,
    JSON.stringify({
      apiVersion: 'audit.k8s.io/v1',
      kind: 'Policy',
      omitStages: ['RequestReceived'],
      rules: [
        { level: 'Metadata', verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'] },
        { level: 'None' },
      ],
    }),
  );
  return [`--audit-policy-file=${policy}`, `--audit-log-path=${path}`];
}

/** Files of a process that was killed outlive it, until the next one starts. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1];
    if (pid && !isRunning(Number(pid))) await rm(join(tmpdir(), name), { recursive: true, force: true });
  }
}

async function lastLines(path: string): Promise<string> {
  return (await readFile(path, 'utf8')).trimEnd().split('\n').slice(-5).join('\n');
}
