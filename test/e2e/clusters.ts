import { createClusters, type ClusterSet, type CreateOptions } from '../../tools/clusters/cluster.js';
import type { Clusters } from '../driver/cluster.js';
import { realClustersOf, type RealDriver } from '../driver/real.js';
import { connect, exchangeLinks, type Remote } from './connect.js';
import { diagnose } from './diagnose.js';
import { applyManifests, buildImages, loadImages, whenInstalled, type Images } from './install.js';

/** Clusters with the product in all of them, each linked to London: London mirrors what the others export. */
export type Installed<Name extends string> = Clusters<'london' | Name, RealDriver> &
  Pick<ClusterSet, 'cut' | 'restore'> & {
    /** What kubectl said to the manifests the second time, one text per cluster. */
    readonly reinstalled: readonly string[];
  };

/** London and Paris. */
export type E2eClusters = Installed<'paris'>;

/** How clusters are linked: with a kubeconfig; or by what each prints of itself, and then no API server is in reach. */
export type Linking = 'kubeconfig' | 'documents';

/** Makes London and clusters of these names; when it rejects, nothing is left. */
export async function createInstalled<Name extends Remote>(
  remotes: readonly Name[],
  { linking = 'kubeconfig', ...options }: CreateOptions & { readonly linking?: Linking },
): Promise<Installed<Name>> {
  const [created, built] = await Promise.allSettled([
    createClusters(['london', ...remotes], options),
    buildImages(),
  ]);
  if (created.status === 'rejected') throw created.reason;
  const set = created.value;
  try {
    if (built.status === 'rejected') throw built.reason;
    return await install(set, remotes, { images: built.value, linking });
  } catch (error) {
    await set.remove();
    throw error;
  }
}

async function install<Name extends Remote>(
  set: ClusterSet,
  remotes: readonly Name[],
  { images, linking }: { readonly images: Images; readonly linking: Linking },
): Promise<Installed<Name>> {
  const clusters = await realClustersOf<'london' | Name>(set, 'london', ...remotes);
  const { london } = clusters as Clusters<'london', RealDriver>;
  const others = remotes.map((name) => clusters[name] as RealDriver);
  const all = [london, ...others];
  const reinstalled = await Promise.all(
    all.map(async (cluster) => {
      await loadImages(cluster, images);
      await applyManifests(cluster);
      return applyManifests(cluster);
    }),
  );
  const link = linking === 'documents' ? exchangeLinks : connect;
  try {
    if (linking === 'documents') await set.hideApiServers();
    await Promise.all([...others.map((other) => link(london, other)), ...all.map(whenInstalled)]);
  } catch (error) {
    process.stderr.write(`${await diagnose(all)}\n`);
    throw error;
  }
  return {
    ...clusters,
    reinstalled,
    cut: (a, b) => set.cut(a, b),
    restore: (a, b) => set.restore(a, b),
    async close() {
      await clusters.close();
      await set.remove();
    },
  };
}
