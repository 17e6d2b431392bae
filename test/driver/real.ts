import { createKube } from '../../src/runtime/kube.js';
import { loadLocal } from '../../src/runtime/local.js';
import type { Cluster, ClusterSet } from '../../tools/clusters/cluster.js';
import { kubectlBy } from '../../tools/clusters/kubectl.js';
import { clusterOf, clustersOf, type ClusterDriver, type Clusters } from './cluster.js';

/** A whole cluster, with nodes and pods. */
export interface RealDriver extends ClusterDriver {
  /** What other clusters and this machine reach its node at. */
  readonly nodeAddress: string;
  /** Makes the image in an OCI archive known to the node. */
  loadImage(tarPath: string): Promise<void>;
  /** Closes the connections to it; the cluster stays. */
  close(): Promise<void>;
}

/** How long (ms) what is waited for may take where pods are started for it. */
const patience = 30_000;

/** Drives a cluster that runs. */
export async function realClusterOf(cluster: Cluster): Promise<RealDriver> {
  const kube = createKube(await loadLocal(cluster.kubeconfig), { fieldManager: 'e2e' });
  const { nodeAddress } = cluster;
  return {
    ...(await clusterOf({ ...cluster, kube, kubectl: kubectlBy(cluster.kubectl), patience })),
    ...{ nodeAddress, loadImage: (tarPath) => cluster.loadImage(tarPath), close: () => kube.close() },
  };
}

/** Drives the clusters of these names out of a set; closing them leaves the set as it is. */
export async function realClustersOf<Name extends string>(
  { clusters }: ClusterSet,
  ...names: readonly Name[]
): Promise<Clusters<Name, RealDriver>> {
  const drivers = await Promise.all(
    names.map(async (name) => {
      const cluster = clusters[name];
      if (cluster === undefined) throw new Error(`the set lacks ${name}`);
      return [name, await realClusterOf(cluster)] as const;
    }),
  );
  const close = async () => {
    await Promise.all(drivers.map(([, driver]) => driver.close()));
  };
  return clustersOf(Object.fromEntries(drivers) as Record<Name, RealDriver>, close);
}
