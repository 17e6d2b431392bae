import { endpointSlices, services } from '../../../src/api/resources.js';
import { eventually } from '../eventually.js';
import { manifests } from '../install.js';
import { isOurs } from '../look.js';
import type { E2eCluster } from '../../driver/real.js';
import type { E2eClusters } from '../stage.js';

/** `kubectl delete` of the manifests takes away everything, mirrors and what they made included. */
export async function uninstall({ london, paris }: E2eClusters): Promise<void> {
  await Promise.all([london, paris].map(uninstallFrom));
}

async function uninstallFrom(site: E2eCluster): Promise<void> {
  const { install, peerAccess } = manifests;
  await site.kubectl(`delete --ignore-not-found -f ${peerAccess} -f ${install}`);
  // what examples/peer-access.sh printed; the rest of it was in the namespace
  await site.kubectl('delete clusterrolebindings --selector app.kubernetes.io/part-of=service-mirror');
  await eventually(
    `nothing of ours to be left in ${site.cluster.name}`,
    () => leftovers(site),
    (left) => left.length === 0,
    { within: 120_000, every: 500 },
  );
}

async function leftovers(site: E2eCluster): Promise<string[]> {
  const objects = [...(await site.all(services)), ...(await site.all(endpointSlices))];
  const mirrored = objects.filter(({ metadata }) => isOurs(metadata.labels));
  const kinds = 'crds,namespaces,clusterroles,clusterrolebindings,networkpolicies,poddisruptionbudgets';
  const installed = await site.kubectl(`get ${kinds} -A -o name`);
  return [
    ...mirrored.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
    ...installed.split('\n').filter((name) => /service-mirror|linkerd/.test(name)),
  ];
}
