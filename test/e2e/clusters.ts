import { createClusters, type ClusterSet, type CreateOptions } from '../../tools/clusters/cluster.js';
import type { Clusters } from '../driver/cluster.js';
import { realClustersOf, type RealDriver } from '../driver/real.js';
import { connect } from './connect.js';
import { diagnose } from './diagnose.js';
import { applyManifests, buildImages, loadImages, whenInstalled, type Images } from './install.js';

/** Two clusters with the product in both, linked: London mirrors what Paris exports. */
export type E2eClusters = Clusters<'london' | 'paris', RealDriver> &
  Pick<ClusterSet, 'cut' | 'restore'> & {
    /** What kubectl said to the manifests the second time, one text per cluster. */
    readonly reinstalled: readonly string[];
  };

/** Makes them; when it rejects, nothing is left. */
export async function createInstalled(options: CreateOptions): Promise<E2eClusters> {
  const [created, built] = await Promise.allSettled([
    createClusters(['london', 'paris'], options),
    buildImages(),
  ]);
  if (created.status === 'rejected') throw created.reason;
  const set = created.value;
  try {
    if (built.status === 'rejected') throw built.reason;
    return await install(set, built.value);
  } catch (error) {
    await set.remove();
    throw error;
  }
}

async function install(set: ClusterSet, images: Images): Promise<E2eClusters> {
  const clusters = await realClustersOf(set, 'london', 'paris');
  const { london, paris } = clusters;
  const both = [london, paris];
  const reinstalled = await Promise.all(
    both.map(async (cluster) => {
      await loadImages(cluster, images);
      await applyManifests(cluster);
      return applyManifests(cluster);
    }),
  );
  try {
    await Promise.all([connect(london, paris), ...both.map(whenInstalled)]);
  } catch (error) {
    process.stderr.write(`${await diagnose(both)}\n`);
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
