import assert from 'node:assert/strict';
import { keys } from '../../../src/api/names.js';
import { links, serviceMirrors, services } from '../../../src/api/resources.js';
import { eventually } from '../../driver/eventually.js';
import type { RealDriver } from '../../driver/real.js';
import { linkNames } from '../connect.js';
import { countAnswers, type Tell, type ThreeClusters } from './failover.js';

/** The mirror that nobody writes. */
const federated = 'shop-federated';

/**
 * The Services of three clusters that are labelled as members answer under one name, the remote ones through gateways. One
 * that loses the label answers no more, and the last one takes the name with it.
 */
export async function federate({ london, paris, lyon }: ThreeClusters, tell: Tell): Promise<void> {
  const federation = (wanted: object | null) =>
    Promise.all(
      [linkNames.toParis, linkNames.toLyon].map((link) =>
        london.edits(links, link, { spec: { imports: { federated: wanted } } }),
      ),
    );
  const label = (cluster: RealDriver, value: string | null) =>
    cluster.edits(services, 'shop', { metadata: { labels: { [keys.federated]: value } } });
  const answer = (...all: readonly RealDriver[]) =>
    eventually(async () => {
      const counts = await countAnswers(london, 60, federated);
      assert.deepEqual([...counts.keys()].toSorted(), all.map(({ name }) => name).toSorted());
    }, 60_000);

  const since = Date.now();
  await Promise.all([federation({}), ...[london, paris, lyon].map((cluster) => label(cluster, 'member'))]);
  await answer(london, paris, lyon);
  tell(`labelled -> all three answer under one name: ${Date.now() - since} ms`);
  await label(paris, null);
  await answer(london, lyon);
  await Promise.all([london, lyon].map((cluster) => label(cluster, null)));
  await eventually(async () => {
    assert.ok(await london.isGone(serviceMirrors, federated));
    assert.ok(await london.isGone(services, federated));
  }, 60_000);
  await federation(null);
}
