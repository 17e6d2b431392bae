import assert from 'node:assert/strict';
import { secrets } from '../../../../src/api/resources.js';
import { eventually } from '../../../driver/eventually.js';
import { inForce, published, renew, renewLeaves } from '../certificates.js';
import { nothingLost, patience, type CertManagerStory } from '../stage.js';
import type { CertifiedCluster } from '../cluster.js';

/** What cert-manager renews is in force within moments, in both clusters, the root (which keeps its key) among it. */
export async function renewing(stage: CertManagerStory): Promise<void> {
  for (const town of [stage.london, stage.paris]) {
    await renewLeaves(town);
    await inForce(town);
    const before = await published(town);
    await renewRoot(town);
    await renewLeaves(town);
    await inForce(town);
    const after = await eventually(async () => {
      const now = await published(town);
      assert.equal(now.length, 1);
      return now;
    }, patience);
    assert.notDeepEqual(after, before);
  }
  await nothingLost(stage);
}

async function renewRoot(town: CertifiedCluster): Promise<void> {
  const root = async () => (await town.site.kube.get(secrets, 'cert-manager/mirror-root')).data?.['tls.crt'];
  const before = await root();
  await renew(town, 'mirror-root', 'cert-manager');
  await eventually(async () => assert.notEqual(await root(), before, 'the root is not renewed'), patience);
}
