import assert from 'node:assert/strict';
import { kubeconfigOf, serverIn } from '../../../tools/clusters/kubeconfig.js';
import type { Says } from '../../driver/conditions.js';
import type { E2eClusters } from '../clusters.js';
import { movedSince, unmovedOf } from '../look.js';

/** Links whose kubeconfig is of no use say so in their own conditions, and nothing else changes. */
export async function breakLinks({ london, paris }: E2eClusters): Promise<void> {
  const before = await unmovedOf(london);
  const access = { name: 'paris', ...(await serverIn(paris.kubeconfig)) };
  const broken: Record<string, { kubeconfig: string; says: Says }> = {
    garbage: { kubeconfig: 'not a kubeconfig', says: 'Connected=False/CredentialsRejected' },
    refused: {
      kubeconfig: kubeconfigOf({ ...access, token: 'wrong' }),
      says: 'Connected=False/CredentialsRejected',
    },
    nowhere: {
      kubeconfig: kubeconfigOf({ ...access, server: `https://${paris.nodeAddress}:1`, token: 'any' }),
      says: 'Connected=False/Unreachable',
    },
  };
  for (const [name, { kubeconfig }] of Object.entries(broken)) await london.link(name, kubeconfig);
  for (const [name, { says }] of Object.entries(broken)) await london.linkSays(name, says, 'Ready=False');
  assert.deepEqual(await movedSince(london, before), []);
  await london.kubectl(`delete links.linkerd.io ${Object.keys(broken).join(' ')}`);
}
