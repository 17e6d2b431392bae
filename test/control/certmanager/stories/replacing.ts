import assert from 'node:assert/strict';
import { ownNames } from '../../../../src/api/names.js';
import { links, secrets } from '../../../../src/api/resources.js';
import { eventually } from '../../../driver/eventually.js';
import { leafOf, ownNamespace } from '../../../driver/cluster.js';
import { fingerprintsOf, inForce, issued, published } from '../certificates.js';
import { patience, type CertManagerStory } from '../story.js';
import { appliesExample, type CertifiedCluster } from '../cluster.js';

/** A root with another key takes over as docs/certificates.md says, in the calling cluster and then in the called one. */
export async function replacing(story: CertManagerStory): Promise<void> {
  const { london, paris } = story;
  await replace(london, paris);
  await story.traffic.nothingLost(patience);
  await replace(paris, london);
  await story.traffic.nothingLost(patience);
}

async function replace(cluster: CertifiedCluster, peer: CertifiedCluster): Promise<void> {
  const known = async () => {
    const { status } = await peer.own.get(links, cluster.name);
    return (status?.peer?.caFingerprints ?? []).toSorted();
  };
  const { ca: old } = await leafOf(cluster, ownNames.ingressTls);
  const other = { 'mirror-root': 'mirror-root-2' };
  await appliesExample(cluster, 'root.yaml', other);
  const next = await eventually(async () => {
    const { data } = await cluster.kube.get(secrets, 'cert-manager/mirror-root-2');
    return Buffer.from(data?.['tls.crt'] ?? assert.fail('no root'), 'base64').toString();
  }, patience);

  const where = ['-n', ownNamespace, ownNames.ca];
  await cluster.kubectl('create', 'secret', 'generic', ...where, `--from-literal=ca.crt=${old}${next}`);
  await eventually(async () => assert.deepEqual(await known(), fingerprintsOf(old + next)), patience);
  await appliesExample(cluster, 'certificates.yaml', other);
  for (const secret of Object.values(issued))
    await eventually(async () => assert.equal((await leafOf(cluster, secret)).ca, next, secret), patience);
  await inForce(cluster);
  assert.deepEqual(await published(cluster), fingerprintsOf(old + next));

  await cluster.own.deletes(secrets, ownNames.ca);
  await eventually(async () => assert.deepEqual(await known(), fingerprintsOf(next)), patience);
}
