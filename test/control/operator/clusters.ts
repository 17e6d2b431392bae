import type { Link } from '../../../src/api/link.js';
import type { Clusters, InEach } from '../../driver/cluster.js';
import {
  readOnly,
  startLightClusters,
  type LightDriver,
  type LightDriverOptions,
} from '../../driver/light.js';
import { over, type Change } from '../../gen/gen.js';

/** London, where operators run, and Paris, which London may read. */
export type OperatorClusters = Clusters<'london' | 'paris', LightDriver> & {
  /** Links London to the cluster of a kubeconfig; transport flat unless changed. */
  link(name: string, kubeconfig: string, ...changes: Change<Link>[]): Promise<void>;
};

/** A namespace of both clusters. */
export type InBoth = InEach<'london' | 'paris'>;

/** Starts both, with a Link `paris` in London; when it rejects, nothing is left. */
export async function startClusters(
  options: { readonly london?: LightDriverOptions; readonly paris?: LightDriverOptions } = {},
): Promise<OperatorClusters> {
  const clusters = await startLightClusters({
    london: options.london ?? {},
    paris: { manifests: readOnly, ...options.paris },
  });
  const link: OperatorClusters['link'] = (name, kubeconfig, ...changes) =>
    clusters.london.link(name, kubeconfig, over('flat'), ...changes);
  try {
    await link('paris', await clusters.paris.access('peer-london'));
    return { ...clusters, link };
  } catch (error) {
    await clusters.close();
    throw error;
  }
}
