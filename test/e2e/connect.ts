import { links } from '../../src/api/resources.js';
import type { ServiceMirror } from '../../src/api/servicemirror.js';
import { ownNamespace, type ClusterDriver } from '../driver/cluster.js';
import { eventually } from '../driver/eventually.js';
import { aMirror, aSecret, named, of } from '../gen/gen.js';
import { manifests } from './install.js';

/** Label of the services that Paris lets London call. */
export const exportLabel = 'mirror.linkerd.io/exported';

/** What a Link may export: services with the label, as users would begin. */
export const labelled = { services: { matchLabels: { [exportLabel]: 'true' } } };

/** Names of the Links: each cluster calls the other by the name that its own users know. */
export const linkNames = { toParis: 'cluster-a', toLondon: 'cluster-b', toLyon: 'cluster-c' } as const;

/** The clusters that London may be linked to, each with London's name for it. */
export const namesInLondon = { paris: linkNames.toParis, lyon: linkNames.toLyon } as const;

/** See {@link namesInLondon}. */
export type Remote = keyof typeof namesInLondon;

/** Links both clusters as the README does: each applies what the other prints of itself. No secret travels. */
export async function exchangeLinks(london: ClusterDriver, other: ClusterDriver): Promise<void> {
  const toOther = namesInLondon[other.name as Remote];
  const [ofOther, ofLondon] = await Promise.all([
    printedLink(other, '--name', toOther, '--exports', 'none'),
    printedLink(london, '--name', linkNames.toLondon, '--no-address'),
  ]);
  await Promise.all([london.kubectl.apply(ofOther), other.kubectl.apply(ofLondon)]);
}

/** The Link by which others know a cluster, once its gateway has an address. */
function printedLink({ kubectl }: ClusterDriver, ...flags: string[]): Promise<string> {
  const inOperator = ['exec', '-n', ownNamespace, 'deploy/service-mirror-operator', '--'];
  return eventually(() => kubectl(...inOperator, 'service-mirror', 'print-link', ...flags), 60_000);
}

/** Links both clusters with a kubeconfig (docs/kubeconfigs.md): London may read the other and call what it exports; the other reads nothing. */
export async function connect(london: ClusterDriver, other: ClusterDriver): Promise<void> {
  await other.kubectl('apply', '-f', manifests.peerAccess);
  await other.admit('london');
  const [kubeconfig, peer] = await Promise.all([other.access('peer-london', 90 * 24), london.published()]);
  const toOther = namesInLondon[other.name as Remote];
  await Promise.all([
    london.own.applies(aSecret(`link-${toOther}`, { kubeconfig })),
    london.kubectl(`apply -f examples/link-${toOther}.yaml`),
    other
      .kubectl('apply -f examples/link-cluster-b.yaml')
      .then(() => other.edits(links, linkNames.toLondon, { spec: { peer } })),
  ]);
}

/** A ServiceMirror of a service of Paris, over the usual Link or another, named as the Service that it makes. */
export function mirrorOf(
  service: string,
  { as = service, cluster = linkNames.toParis }: { as?: string; cluster?: string } = {},
): ServiceMirror {
  return aMirror(as, of(cluster, `default/${service}`), named(as));
}
