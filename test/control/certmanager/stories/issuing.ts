import assert from 'node:assert/strict';
import { ownNames } from '../../../../src/api/names.js';
import { secrets } from '../../../../src/api/resources.js';
import { clusterClientOf } from '../../../driver/namespace.js';
import { leafOf } from '../../../driver/gateways.js';
import { fingerprintsOf, issued, published } from '../certificates.js';
import { nothingLost, patience, type CertManagerStory } from '../stage.js';

/** What examples/cert-manager asks for carries a mirror; the operator makes nothing, and publishes cert-manager's root. */
export async function issuing(stage: CertManagerStory): Promise<void> {
  const { london, paris } = stage;
  // EndpointsReady among it: the operator has asked its egress gateway, each by its own certificate
  await clusterClientOf(london.site.kube, 'shop')
    .within(patience)
    .mirrorSays('echo', 'EndpointsReady=True', 'Ready=True');
  for (const town of [london, paris]) {
    const { ca } = await leafOf(town, issued['service-mirror-ingress']);
    assert.deepEqual(await published(town), fingerprintsOf(ca));
    assert.ok(await town.own.isGone(secrets, ownNames.ca), 'the operator has made a CA');
  }
  assert.notDeepEqual(await published(london), await published(paris), 'each has a root of its own');
  await nothingLost(stage);
}
