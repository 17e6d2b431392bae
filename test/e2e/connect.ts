import { credentialsType, ownNames } from '../../src/api/names.js';
import { apiVersion, configMaps } from '../../src/api/resources.js';
import { run } from '../../tools/clusters/exec.js';
import { root } from '../../tools/clusters/paths.js';
import { eventually } from './eventually.js';
import { manifests } from './install.js';
import { ownNamespace, type E2eCluster } from '../driver/real.js';

/** Label of the services that Paris lets London call. */
export const exportLabel = 'mirror.linkerd.io/exported';

/** What a Link may export: services with the label, as users would begin. */
export const labelled = { services: { matchLabels: { [exportLabel]: 'true' } } };

/** Names of the two Links: each cluster calls the other by the name that its own users know. */
export const linkNames = { toParis: 'cluster-a', toLondon: 'cluster-b' } as const;

/** Links both clusters: London may read Paris and call what it exports; Paris knows London and reads nothing. */
export async function connect(london: E2eCluster, paris: E2eCluster): Promise<void> {
  await paris.cluster.kubectl(['apply', '-f', manifests.peerAccess]);
  await paris.kubectl('apply -f -', await run(['sh', `${root}/examples/peer-access.sh`, 'london']));
  const [kubeconfig, peer] = await Promise.all([readAccess(paris), readPeer(london)]);
  await Promise.all([
    london.apply(credentials('link-cluster-a', kubeconfig)),
    london.kubectl('apply -f examples/link-cluster-a.yaml'),
    paris
      .kubectl('apply -f examples/link-cluster-b.yaml')
      .then(() => patchLink(paris, linkNames.toLondon, { peer })),
  ]);
}

/** Changes fields of a Link's spec; null removes one. */
export async function patchLink({ cluster }: E2eCluster, name: string, spec: object): Promise<void> {
  await cluster.kubectl(['patch', 'links.linkerd.io', name, '--type=merge', '-p', JSON.stringify({ spec })]);
}

/** A Link. */
export function link(name: string, spec: object): object {
  return { apiVersion, kind: 'Link', metadata: { name }, spec };
}

/** A Secret with the credentials of a Link. */
export function credentials(name: string, kubeconfig: string): object {
  const metadata = { name, namespace: ownNamespace };
  return { apiVersion: 'v1', kind: 'Secret', metadata, type: credentialsType, stringData: { kubeconfig } };
}

/** A kubeconfig with a token of London's account; any cluster that reaches the node can use it. */
async function readAccess(paris: E2eCluster): Promise<string> {
  const [token, { data }] = await Promise.all([
    paris.kubectl(`create token peer-london --namespace ${ownNamespace} --duration 2160h`),
    paris.kube.get(configMaps, `${ownNamespace}/kube-root-ca.crt`),
  ]);
  const ca = Buffer.from(data?.['ca.crt'] ?? '').toString('base64');
  return kubeconfigOf(`https://${paris.cluster.nodeAddress}:6443`, { token: token.trim(), ca });
}

/** A kubeconfig with a bearer token; `ca` in base64. */
export function kubeconfigOf(server: string, { token, ca }: { token: string; ca: string }): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'remote',
    clusters: [{ name: 'remote', cluster: { server, 'certificate-authority-data': ca } }],
    users: [{ name: 'remote', user: { token } }],
    contexts: [{ name: 'remote', context: { cluster: 'remote', user: 'remote' } }],
  });
}

/** What a cluster publishes of itself, in the form in which a Link of another cluster pins it. */
export async function readPeer({
  cluster,
  kube,
}: E2eCluster): Promise<{ cluster: string; caBundle: string }> {
  const { data } = await eventually(
    `the identity of ${cluster.name}`,
    () => kube.get(configMaps, `${ownNamespace}/${ownNames.identity}`),
    ({ data }) => data?.cluster !== undefined && data['ca.crt'] !== undefined,
    { within: 120_000 },
  );
  return { cluster: data?.cluster ?? '', caBundle: data?.['ca.crt'] ?? '' };
}
