import type { OrderClusters } from '../order/clusters.js';

/** What every story is played on. */
export interface RightsStory {
  readonly cities: OrderClusters;
  /** Takes lines that a reader of the test's result wants to see. */
  readonly tell: (line: string) => void;
}

/** How the stories went, by their names; `failure` is absent when all was as it should be. */
export type Ends = Readonly<
  Record<string, { readonly told: readonly string[]; readonly failure?: string | undefined }>
>;
