import assert from 'node:assert/strict';
import { links } from '../../../src/api/resources.js';
import { inTurns } from '../../../tools/clusters/turns.js';
import { eventually } from '../../driver/eventually.js';
import type { E2eClusters } from '../clusters.js';
import { linkNames, mirrorOf } from '../connect.js';
import { echoServers, echoService } from '../echo.js';

/** Objects that are on their way at the same time. */
const atOnce = 32;

/** Name of the n-th service, in both clusters. */
export const nameOf = (n: number): string => `shop-${n}`;

/** Paris gets so many services, all of the same two pods, and London a mirror of each; waits until all are ready. */
export async function populate({ london, paris }: E2eClusters, count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, n) => nameOf(n));
  await paris.applies(echoServers('shop', 2));
  await inTurns(names, atOnce, (name) => paris.creates(echoService(name, { app: 'shop', exported: true })));
  await inTurns(names, atOnce, (name) => london.creates(mirrorOf(name)));
  await eventually(
    async () => {
      const { status } = await london.get(links, linkNames.toParis);
      assert.equal(status?.mirrors?.display, `${count}/${count}`, 'mirrors that are ready');
    },
    900_000,
    1_000,
  );
}
