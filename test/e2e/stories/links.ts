import assert from 'node:assert/strict';
import { credentials, kubeconfigOf, link } from '../connect.js';
import { aLink, movedSince, unmovedOf, whenConditions, type ConditionText } from '../look.js';
import type { E2eClusters } from '../stage.js';

/** Links whose kubeconfig is of no use say so in their own conditions, and nothing else changes. */
export async function breakLinks({ london, paris }: E2eClusters): Promise<void> {
  const before = await unmovedOf(london);
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
  assert.deepEqual(await movedSince(london, before), []);
  await london.kubectl(`delete links.linkerd.io ${Object.keys(broken).join(' ')}`);
}
