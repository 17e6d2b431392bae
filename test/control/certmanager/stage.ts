import assert from 'node:assert/strict';
import { eventually } from '../../driver/eventually.js';
import type { Traffic } from '../rotation/traffic.js';
import type { CertifiedCluster } from './cluster.js';

/** What every story is played on: London's clients call an echo of Paris. */
export interface CertManagerStory {
  readonly london: CertifiedCluster;
  readonly paris: CertifiedCluster;
  readonly traffic: Traffic;
}

/** How the stories went, by their names: what failed, or nothing. */
export type Ends = Readonly<Record<string, { readonly failure?: string | undefined }>>;

/** How long what takes many steps may take (ms). */
export const patience = 60_000;

/** Calls go on, and none has failed since the traffic began. */
export async function nothingLost({ traffic }: CertManagerStory): Promise<void> {
  const { answered, echoed } = traffic;
  await eventually(
    () => assert.ok(traffic.answered > answered + 10 && traffic.echoed > echoed + 10, 'nothing is answered'),
    patience,
  );
  assert.deepEqual(traffic.failures, []);
}
