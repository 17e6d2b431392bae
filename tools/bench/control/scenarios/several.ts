import { joining, mostFederated } from '../objects.js';
import { withImported, type Separate } from './imported.js';

/** So many clusters are behind each name. */
export const severalClusters = 3;

/** How many names a plan with so many services gives. */
export const severalNames = (services: number): number => Math.min(services, mostFederated);

/**
 * Federated mirrors of several clusters. Paris stands for all of them, over a Link of its own for each. The transport is
 * `flat`: over `linkerd`, proxies find the endpoints of such mirrors themselves, and there are no slices.
 */
export const several: Separate = (context, name) => {
  const mirrors = severalNames(context.plan.services);
  const title = `federation of ${mirrors} names over ${severalClusters} clusters`;
  const clusters = { links: severalClusters, federated: true, transport: 'flat', selects: joining } as const;
  const setup = { name, title, mirrors, ...clusters };
  return withImported(context, setup, async ({ figures }) => ({ several: figures }));
};
