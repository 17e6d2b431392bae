import { after, before } from 'node:test';
import type { Link } from '../../../src/api/link.js';
import type { Clusters, InEach } from '../../driver/cluster.js';
import {
  readOnly,
  startLightClusters,
  type LightDriver,
  type LightDriverOptions,
} from '../../driver/light.js';
import type { Operator } from '../../driver/operator.js';
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

/** Both clusters of a suite, and the operator of London; each is asked for when a test runs. */
export interface WithOperator {
  readonly clusters: () => OperatorClusters;
  readonly operator: () => Operator;
  /** Stops the operator, does something meanwhile, and starts another one. */
  readonly restarted: (meanwhile: () => Promise<void>) => Promise<void>;
}

/** Called in a suite: starts both clusters and an operator before its tests, and ends them after. */
export function withOperator(options?: Parameters<typeof startClusters>[0]): WithOperator {
  let clusters: OperatorClusters;
  let operator: Operator;
  const start = async () => {
    operator = await clusters.london.startOperator('--no-leader-election');
  };
  before(async () => {
    clusters = await startClusters(options);
    await start();
  });
  after(async () => {
    await operator.stop();
    await clusters.close();
  });
  return {
    clusters: () => clusters,
    operator: () => operator,
    async restarted(meanwhile) {
      await operator.stop();
      await meanwhile();
      await start();
    },
  };
}
