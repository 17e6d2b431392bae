import assert from 'node:assert/strict';
import { ownNames } from '../../../../src/api/names.js';
import { links, secrets } from '../../../../src/api/resources.js';
import { eventually } from '../../../driver/eventually.js';
import { ownNamespace } from '../../../driver/light.js';
import { leafOf } from '../../../driver/gateways.js';
import { fingerprintsOf, inForce, issued, published } from '../certificates.js';
import { nothingLost, patience, type CertManagerStory } from '../stage.js';
import { appliesExample, type CertifiedCluster } from '../cluster.js';

/** A root with another key takes over as docs/certificates.md says, in the calling cluster and then in the called one. */
export async function replacing(stage: CertManagerStory): Promise<void> {
  const { london, paris } = stage;
  await replace(london, paris);
  await nothingLost(stage);
  await replace(paris, london);
  await nothingLost(stage);
}

async function replace(town: CertifiedCluster, peer: CertifiedCluster): Promise<void> {
  const known = async () => {
    const { status } = await peer.own.get(links, town.name);
    return (status?.peer?.caFingerprints ?? []).toSorted();
  };
  const { ca: old } = await leafOf(town, ownNames.ingressTls);
  const other = { 'mirror-root': 'mirror-root-2' };
  await appliesExample(town, 'root.yaml', other);
  const next = await eventually(async () => {
    const { data } = await town.site.kube.get(secrets, 'cert-manager/mirror-root-2');
    return Buffer.from(data?.['tls.crt'] ?? assert.fail('no root'), 'base64').toString();
  }, patience);

  const where = ['-n', ownNamespace, ownNames.ca];
  await town.site.kubectl('create', 'secret', 'generic', ...where, `--from-literal=ca.crt=${old}${next}`);
  await eventually(async () => assert.deepEqual(await known(), fingerprintsOf(old + next)), patience);
  await appliesExample(town, 'certificates.yaml', other);
  for (const secret of Object.values(issued))
    await eventually(async () => assert.equal((await leafOf(town, secret)).ca, next, secret), patience);
  await inForce(town);
  assert.deepEqual(await published(town), fingerprintsOf(old + next));

  await town.own.deletes(secrets, ownNames.ca);
  await eventually(async () => assert.deepEqual(await known(), fingerprintsOf(next)), patience);
}
