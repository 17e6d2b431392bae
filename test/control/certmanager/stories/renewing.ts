import assert from 'node:assert/strict';
import { secrets } from '../../../../src/api/resources.js';
import { eventually } from '../../../driver/eventually.js';
import { inForce, published, renew, renewLeaves } from '../certificates.js';
import { patience, type CertManagerStory } from '../story.js';
import type { CertifiedCluster } from '../cluster.js';

/** What cert-manager renews is in force within moments, in both clusters, the root (which keeps its key) among it. */
export async function renewing(story: CertManagerStory): Promise<void> {
  for (const cluster of [story.london, story.paris]) {
    await renewLeaves(cluster);
    await inForce(cluster);
    const before = await published(cluster);
    await renewRoot(cluster);
    await renewLeaves(cluster);
    await inForce(cluster);
    const after = await eventually(async () => {
      const now = await published(cluster);
      assert.equal(now.length, 1);
      return now;
    }, patience);
    assert.notDeepEqual(after, before);
  }
  await story.traffic.nothingLost(patience);
}

async function renewRoot(cluster: CertifiedCluster): Promise<void> {
  const root = async () => (await cluster.kube.get(secrets, 'cert-manager/mirror-root')).data?.['tls.crt'];
  const before = await root();
  await renew(cluster, 'mirror-root', 'cert-manager');
  await eventually(async () => assert.notEqual(await root(), before, 'the root is not renewed'), patience);
}
