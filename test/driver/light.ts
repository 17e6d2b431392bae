import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKube } from '../../src/runtime/kube.js';
import { loadLocal } from '../../src/runtime/local.js';
import { kubectlOf } from '../../tools/clusters/kubectl.js';
import { startLight, type LightOptions } from '../../tools/clusters/light.js';
import { root } from '../../tools/clusters/paths.js';
import { auditLogOf, type AuditLog, type Write } from './audit.js';
import { clusterOf, clustersOf, ownNamespace, type ClusterDriver, type Clusters } from './cluster.js';
import type { NamespaceDriver } from './namespace.js';
import { startOperator, type Operator } from './operator.js';

/** An API server alone: pods stay objects, and the product runs beside it as processes. */
export interface LightDriver extends ClusterDriver {
  readonly audit: AuditLog;
  /** Starts an operator under the rights that the manifests give it. */
  startOperator(...flags: string[]): Promise<Operator>;
  /**
   * What operators have written since a mark of the audit log, in one namespace or in all. Leases are left out, and
   * Events, which come later than what they tell of.
   */
  writtenSince(mark: number, where?: NamespaceDriver): Promise<Write[]>;
  /** The Events that operators have written since a mark of the audit log. */
  eventsSince(mark: number): Promise<Write[]>;
  /** What operators wanted to write since then, and were refused. */
  refusedSince(mark: number): Promise<Write[]>;
  /** Copies what etcd holds; the function that it resolves with puts the copy back. Both stop the API server meanwhile. */
  backup(): Promise<() => Promise<void>>;
  /** Starts etcd and the API server again, on a disk whose every sync takes so long (ms). */
  slowDisk(delay: number): Promise<void>;
  /** Kills everything and removes its files. */
  close(): Promise<void>;
}

/** How an API server is started. */
export interface LightDriverOptions extends LightOptions {
  /** What is installed there: files or folders of the tree. @default all manifests; London may read it as a peer */
  readonly manifests?: readonly string[];
}

const peerAccess = 'manifests/peer-access';
const operatorAccount = 'service-mirror-operator';

/** What a cluster needs that is only read, by a peer named London. */
export const readOnly = ['manifests/00-namespace.yaml', peerAccess];

/** Starts an API server with the product's manifests in it. */
export async function startLightCluster(
  name: string,
  { manifests = ['manifests', peerAccess], ...options }: LightDriverOptions = {},
): Promise<LightDriver> {
  const dir = await mkdtemp(join(tmpdir(), 'service-mirror-audit-'));
  const auditLog = join(dir, 'log');
  const server = await startLight({ auditLog, ...options });
  const kube = createKube(await loadLocal(server.kubeconfig), { fieldManager: 'someone' });
  const close = async () => {
    await kube.close();
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  };
  try {
    const kubectl = await kubectlOf(server.kubeconfig);
    await kubectl('apply', ...manifests.flatMap((path) => ['-f', join(root, path)]));
    const cluster = await clusterOf({ ...server, name, kube, kubectl });
    if (manifests.includes(peerAccess)) await cluster.admit('london');
    return {
      ...cluster,
      ...operatorsOf(cluster, auditLogOf(auditLog)),
      backup: () => server.backup(),
      slowDisk: (delay) => server.slowDisk(delay),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function operatorsOf(
  cluster: ClusterDriver,
  audit: AuditLog,
): Pick<LightDriver, 'audit' | 'startOperator' | 'writtenSince' | 'eventsSince' | 'refusedSince'> {
  let access: Promise<string> | undefined;
  const user = `system:serviceaccount:${ownNamespace}:${operatorAccount}`;
  const isOurs = (write: Write) => write.user === user && write.resource !== 'leases';
  return {
    audit,
    async startOperator(...flags) {
      access ??= cluster.access(operatorAccount);
      return startOperator(await access, ...flags);
    },
    async writtenSince(mark, where) {
      const prefix = where === undefined ? '' : `${where.namespace}/`;
      return (await audit.since(mark)).filter(
        (write) => isOurs(write) && write.resource !== 'events' && write.object.startsWith(prefix),
      );
    },
    eventsSince: async (mark) =>
      (await audit.since(mark)).filter((write) => isOurs(write) && write.resource === 'events'),
    refusedSince: async (mark) => (await audit.refusedSince(mark)).filter(isOurs),
  };
}

/** Starts several API servers side by side; when it rejects, nothing is left. */
export async function startLightClusters<Name extends string>(
  options: Readonly<Record<Name, LightDriverOptions>>,
): Promise<Clusters<Name, LightDriver>> {
  const starting = Object.entries<LightDriverOptions>(options).map(async ([name, each]) => [
    name,
    await startLightCluster(name, each),
  ]);
  const outcomes = await Promise.allSettled(starting);
  const started = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const drivers = Object.fromEntries(started) as Record<Name, LightDriver>;
  const close = async () => {
    await Promise.all(Object.values<LightDriver>(drivers).map((driver) => driver.close()));
  };
  const failed = outcomes.find((one) => one.status === 'rejected');
  if (failed === undefined) return clustersOf(drivers, close);
  await close();
  throw failed.reason;
}
