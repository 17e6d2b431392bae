import type { OrderClusters } from '../order/clusters.js';

/** What every story is played on. */
export interface RightsStory {
  readonly clusters: OrderClusters;
  /** Takes lines that a reader of the test's result wants to see. */
  readonly tell: (line: string) => void;
}

/** The one port of every service in Paris; what listens there tells the address that was called. */
export const servicePort = 80;
