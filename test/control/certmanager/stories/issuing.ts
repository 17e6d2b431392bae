import assert from 'node:assert/strict';
import { ownNames } from '../../../../src/api/names.js';
import { secrets } from '../../../../src/api/resources.js';
import { leafOf } from '../../../driver/cluster.js';
import { fingerprintsOf, issued, published } from '../certificates.js';
import { patience, type CertManagerStory } from '../story.js';

/** What examples/cert-manager asks for carries a mirror; the operator makes nothing, and publishes cert-manager's root. */
export async function issuing(story: CertManagerStory): Promise<void> {
  const { london, paris } = story;
  // EndpointsReady among it: the operator has asked its egress gateway, each by its own certificate
  await london.in('shop').within(patience).mirrorSays('echo', 'EndpointsReady=True', 'Ready=True');
  for (const cluster of [london, paris]) {
    const { ca } = await leafOf(cluster, issued['service-mirror-ingress']);
    assert.deepEqual(await published(cluster), fingerprintsOf(ca));
    assert.ok(await cluster.own.isGone(secrets, ownNames.ca), 'the operator has made a CA');
  }
  assert.notDeepEqual(await published(london), await published(paris), 'each has a root of its own');
  await story.traffic.nothingLost(patience);
}
