import { createClusters, type ClusterSet, type CreateOptions } from '../../tools/clusters/cluster.js';
import { connect } from './connect.js';
import { diagnose } from './diagnose.js';
import { applyManifests, buildImages, loadImages, whenInstalled, type Images } from './install.js';
import { openSite, type E2eCluster } from '../driver/real.js';

/** Two clusters with the product in both, linked: London mirrors what Paris exports. */
export interface E2eClusters {
  readonly set: ClusterSet;
  readonly london: E2eCluster;
  readonly paris: E2eCluster;
  /** What kubectl said to the manifests the second time, one text per cluster. */
  readonly reinstalled: readonly string[];
  /** Removes everything. */
  remove(): Promise<void>;
}

/** Sets the stage; when it rejects, nothing is left. */
export async function setStage(options: CreateOptions): Promise<E2eClusters> {
  const [created, built] = await Promise.allSettled([
    createClusters(['london', 'paris'], options),
    buildImages(),
  ]);
  if (created.status === 'rejected') throw created.reason;
  const set = created.value;
  try {
    if (built.status === 'rejected') throw built.reason;
    return await furnish(set, built.value);
  } catch (error) {
    await set.remove();
    throw error;
  }
}

async function furnish(set: ClusterSet, images: Images): Promise<E2eClusters> {
  const [london, paris] = sitesOf(set);
  const sites = [london, paris];
  const reinstalled = await Promise.all(
    sites.map(async (site) => {
      await loadImages(site, images);
      await applyManifests(site);
      return applyManifests(site);
    }),
  );
  try {
    await Promise.all([connect(london, paris), ...sites.map(whenInstalled)]);
  } catch (error) {
    process.stderr.write(`${await diagnose({ london, paris })}\n`);
    throw error;
  }
  return {
    set,
    london,
    paris,
    reinstalled,
    remove: async () => {
      await Promise.all(sites.map(({ kube }) => kube.close()));
      await set.remove();
    },
  };
}

/** London and Paris of a set. */
export function sitesOf({
  clusters: { london, paris },
}: ClusterSet): [london: E2eCluster, paris: E2eCluster] {
  if (!london || !paris) throw new Error('the set lacks london or paris');
  return [openSite(london), openSite(paris)];
}
