import type { ChildProcess } from 'node:child_process';
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onSlowDisk } from '../debian/strace.js';
import { apiOf } from './api.js';
import { ensureBinary } from './binaries.js';
import {
  apiServerArgs,
  controllerManagerArgs,
  createCredentials,
  etcdArgs,
  syncing,
  type Argv,
} from './controlplane.js';
import type { Access } from './kubeconfig.js';
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
  /** More flags for the API server, which win over ours. */
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
  /**
   * Copies what etcd holds; the function that it resolves with puts the copy back, as after a disaster. Either ends and
   * starts etcd and the API server.
   */
  backup(): Promise<() => Promise<void>>;
  /** Ends etcd and the API server, and starts them again on a disk whose every sync takes so long (ms). */
  slowDisk(delay: number): Promise<void>;
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
    const ports = { port: await freePort(), etcd: { client: await freePort(), peer: await freePort() } };
    const server = `https://127.0.0.1:${ports.port}`;
    const pki = join(dir, 'pki');
    const { admin } = await createCredentials(pki, { name: 'light', server, names: ['127.0.0.1'] });
    const apiServer = await apiServerArgv(dir, ports, options);
    const startApiServer = async () => {
      start('kube-apiserver', apiServer);
      await waitUntilReady(admin, () => running.get('kube-apiserver'), join(dir, 'kube-apiserver.log'));
    };

    const data = join(dir, 'etcd');
    let etcd: Argv = [...(await programOf('etcd')), ...etcdArgs(data, ports.etcd)];
    start('etcd', etcd);
    await startApiServer();
    /** Does something with the files of etcd while nothing runs. */
    const offline = async (work: () => Promise<void>) => {
      for (const name of ['kube-apiserver', 'etcd']) await killAndWait(running.get(name));
      await work();
      start('etcd', etcd);
      await startApiServer();
    };
    const slowDisk = (delay: number) =>
      offline(async () => {
        etcd = await onSlowDisk(syncing(etcd), delay);
      });
    const copy = join(dir, 'backup');
    const { controllers = [] } = options;
    if (controllers.length > 0) start('kube-controller-manager', await controllersArgv(pki, controllers));
    return {
      kubeconfig: join(pki, 'admin.kubeconfig'),
      server,
      stopApiServer: () => killAndWait(running.get('kube-apiserver')),
      startApiServer,
      slowDisk,
      async backup() {
        await offline(() => cp(data, copy, { recursive: true }));
        return () =>
          offline(async () => {
            await rm(data, { recursive: true });
            await cp(copy, data, { recursive: true });
          });
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function apiServerArgv(
  dir: string,
  { port, etcd }: { port: number; etcd: { client: number } },
  { serviceCidr = '10.96.0.0/16', auditLog, apiServerArgs: extra = [] }: LightOptions,
): Promise<Argv> {
  const loopback = '127.0.0.1';
  const addresses = { bind: loopback, advertise: loopback, serviceCidr, port, etcdPort: etcd.client };
  return [
    ...(await programOf('kube-apiserver')),
    ...apiServerArgs({ pki: join(dir, 'pki'), ...addresses }),
    '--authorization-mode=RBAC',
    '--disable-admission-plugins=ServiceAccount', // pods are accepted although nobody makes service accounts
    ...(auditLog ? await auditArgs(dir, auditLog) : []),
    ...extra,
  ];
}

/** Flags that make an API server append one line of JSON per write to `log`; the policy file goes to `dir`. */
async function auditArgs(dir: string, log: string): Promise<string[]> {
  const policy = join(dir, 'audit-policy.json');
  const verbs = ['create', 'update', 'patch', 'delete', 'deletecollection'];
  await writeFile(
    policy,
    JSON.stringify({
      apiVersion: 'audit.k8s.io/v1',
      kind: 'Policy',
      omitStages: ['RequestReceived'],
      rules: [{ level: 'Metadata', verbs }, { level: 'None' }],
    }),
  );
  return [`--audit-policy-file=${policy}`, `--audit-log-path=${log}`];
}

async function controllersArgv(pki: string, controllers: readonly string[]): Promise<Argv> {
  return [
    await ensureBinary('kube', toStderr),
    'kube-controller-manager',
    ...controllerManagerArgs(pki),
    '--secure-port=0',
    `--controllers=${controllers.join(',')}`,
  ];
}

async function waitUntilReady(
  admin: Access,
  process: () => ChildProcess | undefined,
  log: string,
): Promise<void> {
  const api = apiOf(admin);
  const outcome = await waitFor('the API server to be ready', async () => {
    const child = process();
    if (child && !isAlive(child)) return 'ended';
    return (await api.get('/readyz')) === 'ok' && 'ready';
  });
  if (outcome === 'ended') throw new Error(`the API server ended:\n${await lastLines(log)}`);
}

/** How to call etcd or kube-apiserver: envtest's, if there are any, else ours. */
async function programOf(name: 'etcd' | 'kube-apiserver'): Promise<Argv> {
  const assets = process.env['KUBEBUILDER_ASSETS'];
  return assets ? [join(assets, name)] : [await ensureBinary('kube', toStderr), name];
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
