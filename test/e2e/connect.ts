import { links } from '../../src/api/resources.js';
import type { ServiceMirror } from '../../src/api/servicemirror.js';
import type { ClusterDriver } from '../driver/cluster.js';
import { aMirror, aSecret, named, of } from '../gen/gen.js';
import { manifests } from './install.js';

/** Label of the services that Paris lets London call. */
export const exportLabel = 'mirror.linkerd.io/exported';

/** What a Link may export: services with the label, as users would begin. */
export const labelled = { services: { matchLabels: { [exportLabel]: 'true' } } };

/** Names of the two Links: each cluster calls the other by the name that its own users know. */
export const linkNames = { toParis: 'cluster-a', toLondon: 'cluster-b' } as const;

/** Links both clusters as the README does: London may read Paris and call what it exports; Paris reads nothing. */
export async function connect(london: ClusterDriver, paris: ClusterDriver): Promise<void> {
  await paris.kubectl('apply', '-f', manifests.peerAccess);
  await paris.admit('london');
  const [kubeconfig, peer] = await Promise.all([paris.access('peer-london', 90 * 24), london.published()]);
  await Promise.all([
    london.own.applies(aSecret(`link-${linkNames.toParis}`, { kubeconfig })),
    london.kubectl('apply -f examples/link-cluster-a.yaml'),
    paris
      .kubectl('apply -f examples/link-cluster-b.yaml')
      .then(() => paris.edits(links, linkNames.toLondon, { spec: { peer } })),
  ]);
}

/** A ServiceMirror of a service of Paris, over the usual Link or another, named as the Service that it makes. */
export function mirrorOf(
  service: string,
  { as = service, cluster = linkNames.toParis }: { as?: string; cluster?: string } = {},
): ServiceMirror {
  return aMirror(as, of(cluster, `default/${service}`), named(as));
}
