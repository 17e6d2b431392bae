import type { Traffic } from '../../driver/traffic.js';
import type { CertifiedCluster } from './cluster.js';

/** What every story is played on: London's clients call an echo of Paris. */
export interface CertManagerStory {
  readonly london: CertifiedCluster;
  readonly paris: CertifiedCluster;
  readonly traffic: Traffic;
}

/** How long what takes many steps may take (ms). */
export const patience = 60_000;
