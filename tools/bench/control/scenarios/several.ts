import { withImported, type Separate } from './imported.js';

/** So many clusters are behind each name. */
export const severalClusters = 3;

/** At most so many names: each has as many slices as there are clusters. */
const most = 500;

/** How many names a plan with so many services gives. */
export const severalNames = (services: number): number => Math.min(services, most);

/** Names that several clusters serve. Paris stands for all of them, over a Link of its own for each. */
export const several: Separate = (context, name) => {
  const mirrors = severalNames(context.plan.services);
  const title = `import of ${mirrors} names over ${severalClusters} clusters`;
  const setup = { name, title, mirrors, links: severalClusters, several: true } as const;
  return withImported(context, setup, async ({ figures }) => ({ several: figures }));
};
