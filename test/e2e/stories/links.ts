import assert from 'node:assert/strict';
import { credentials, kubeconfigOf, link, linkNames } from '../connect.js';
import { aLink, versionsOf, whenConditions, type ConditionText } from '../look.js';
import type { Stage } from '../stage.js';

/** Links whose kubeconfig is of no use say so in their own conditions, and nothing else changes. */
export async function breakLinks({ london, paris }: Stage): Promise<void> {
  const good = await whenConditions(london, aLink(linkNames.toParis), ['Connected=True', 'Ready=True']);
  const before = await versionsOf(london);
  const server = `https://${paris.cluster.nodeAddress}:6443`;
  const admin = JSON.parse(await paris.kubectl('config view --raw -o json')) as {
    clusters: { cluster: { 'certificate-authority-data': string } }[];
  };
  const ca = admin.clusters[0]?.cluster['certificate-authority-data'] ?? '';
  const broken: Record<string, { kubeconfig: string; says: ConditionText }> = {
    garbage: { kubeconfig: 'not a kubeconfig', says: 'Connected=False/CredentialsRejected' },
    refused: {
      kubeconfig: kubeconfigOf(server, { token: 'wrong', ca }),
      says: 'Connected=False/CredentialsRejected',
    },
    nowhere: {
      kubeconfig: kubeconfigOf(`https://${paris.cluster.nodeAddress}:1`, { token: 'any', ca }),
      says: 'Connected=False/Unreachable',
    },
  };
  await london.apply(
    ...Object.entries(broken).flatMap(([name, { kubeconfig }]) => [
      credentials(`link-${name}`, kubeconfig),
      link(name, { credentialsSecretRef: { name: `link-${name}` } }),
    ]),
  );
  for (const [name, { says }] of Object.entries(broken)) {
    await whenConditions(london, aLink(name), [says, 'Ready=False']);
  }
  const after = await versionsOf(london);
  for (const [object, version] of Object.entries(before)) assert.equal(after[object], version, object);
  assert.deepEqual(await london.kube.get(...aLink(linkNames.toParis)), good);
  await london.kubectl(`delete links.linkerd.io ${Object.keys(broken).join(' ')}`);
}
