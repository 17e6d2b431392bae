import { createKind, openKind } from './kind.js';
import { createNative } from './native/clusters.js';
import { openNative } from './native/set.js';
import { toStderr, type Progress } from './progress.js';

/** One real cluster of one node. */
export interface Cluster {
  readonly name: string;
  /** Path of an administrator's kubeconfig; it works from this machine and from pods of the other clusters. */
  readonly kubeconfig: string;
  /** What other clusters and this machine reach the node at; Services of type LoadBalancer get it too. */
  readonly nodeAddress: string;
  /** Runs kubectl and returns its standard output; rejects with `CommandFailed`. */
  readonly kubectl: (
    args: readonly string[],
    options?: { input?: string; signal?: AbortSignal },
  ) => Promise<string>;
  /** Makes the image in an OCI archive known to the node. */
  loadImage(tarPath: string): Promise<void>;
  /** Kills the API server, as a crash would; everything else goes on. */
  stopApiServer(): Promise<void>;
  /** Starts the API server again and waits until it is ready. */
  startApiServer(): Promise<void>;
  /** Removes this cluster; the others stay. */
  remove(): Promise<void>;
}

/** Clusters that reach each other, at their nodes' addresses only. */
export interface ClusterSet {
  readonly clusters: Readonly<Record<string, Cluster>>;
  /** Lets no packet pass between two clusters, not even of open connections; this machine still reaches both. */
  cut(a: string, b: string): Promise<void>;
  /** Undoes {@link cut}. */
  restore(a: string, b: string): Promise<void>;
  /** Lets no cluster reach the API server of another any more; this machine still reaches all. */
  hideApiServers(): Promise<void>;
  /** Removes everything. */
  remove(): Promise<void>;
}

/** How to create clusters; everything is optional. */
export interface CreateOptions {
  readonly provider?: 'native' | 'kind';
  /** Where kubeconfigs and state go. Given: the clusters outlive this process. Default: temporary, and they do not. */
  readonly dir?: string;
  /** Gives all clusters the same ranges of pod and service addresses, as nobody keeps them apart in real life. */
  readonly sameCidrs?: boolean;
  readonly progress?: Progress;
  /** Aborts the creation, and what was created until then is removed. */
  readonly signal?: AbortSignal;
}

/**
 * Creates clusters side by side. They are ready: node Ready, CoreDNS answering, service account there, test images
 * loaded. When it rejects, nothing is left.
 */
export async function createClusters(
  names: readonly string[],
  options: CreateOptions = {},
): Promise<ClusterSet> {
  const { provider = 'native', progress = toStderr } = options;
  const create = { native: createNative, kind: createKind }[provider];
  return create(names, { ...options, progress });
}

/** The clusters that another process created in `dir`; undefined when there are none. */
export async function openClusters(dir: string): Promise<ClusterSet | undefined> {
  return (await openNative(dir)) ?? openKind(dir);
}
