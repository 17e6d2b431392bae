import assert from 'node:assert/strict';
import { eventually } from '../../driver/eventually.js';
import { manifests } from '../install.js';
import { ownObjects } from '../look.js';
import type { ClusterDriver } from '../../driver/cluster.js';
import type { E2eClusters } from '../clusters.js';

/** `kubectl delete` of the manifests takes away everything, mirrors and what they made included. */
export async function uninstall({ london, paris }: E2eClusters): Promise<void> {
  await Promise.all([london, paris].map(uninstallFrom));
}

async function uninstallFrom(cluster: ClusterDriver): Promise<void> {
  const { install, peerAccess } = manifests;
  await cluster.kubectl(`delete --ignore-not-found -f ${peerAccess} -f ${install}`);
  // what examples/peer-access.sh printed; the rest of it was in the namespace
  await cluster.kubectl('delete clusterrolebindings --selector app.kubernetes.io/part-of=service-mirror');
  await eventually(
    async () => assert.deepEqual(await leftovers(cluster), [], `left in ${cluster.name}`),
    120_000,
    500,
  );
}

async function leftovers(cluster: ClusterDriver): Promise<string[]> {
  const kinds = 'crds,namespaces,clusterroles,clusterrolebindings,networkpolicies,poddisruptionbudgets';
  const installed = await cluster.kubectl(`get ${kinds} -A -o name`);
  return [
    ...(await ownObjects(cluster)).map(({ kind, metadata }) => `${kind} ${metadata.name}`),
    ...installed.split('\n').filter((name) => /service-mirror|linkerd/.test(name)),
  ];
}
