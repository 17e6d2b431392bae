import { credentialsType, ownNames } from '../../src/api/names.js';
import { apiVersion, configMaps, secrets } from '../../src/api/resources.js';
import { eventually } from './eventually.js';
import { manifests } from './install.js';
import { ownNamespace, type Site } from './site.js';

/** Label of the services that Paris lets London call. */
export const exportLabel = 'mirror.linkerd.io/exported';

/** What a Link may export: services with the label, as users would begin. */
export const labelled = { services: { matchLabels: { [exportLabel]: 'true' } } };

/** Names of the two Links: each cluster calls the other by the name that its own users know. */
export const linkNames = { toParis: 'cluster-a', toLondon: 'cluster-b' } as const;

/** Links both clusters: London may read Paris and call what it exports; Paris knows London and reads nothing. */
export async function connect(london: Site, paris: Site): Promise<void> {
  await paris.cluster.kubectl(['apply', '-f', manifests.peerAccess]);
  const [kubeconfig, peer] = await Promise.all([readAccess(paris, peerSecret), readPeer(london)]);
  await Promise.all([
    london.apply(credentials('link-cluster-a', kubeconfig)),
    london.kubectl('apply -f examples/link-cluster-a.yaml'),
    paris
      .kubectl('apply -f examples/link-cluster-b.yaml')
      .then(() => patchLink(paris, linkNames.toLondon, { peer })),
  ]);
}

/** Changes fields of a Link's spec; null removes one. */
export async function patchLink({ cluster }: Site, name: string, spec: object): Promise<void> {
  await cluster.kubectl(['patch', 'links.linkerd.io', name, '--type=merge', '-p', JSON.stringify({ spec })]);
}

const peerSecret = 'service-mirror-peer';

/** A Link. */
export function link(name: string, spec: object): object {
  return { apiVersion, kind: 'Link', metadata: { name }, spec };
}

/** A Secret with the credentials of a Link. */
export function credentials(name: string, kubeconfig: string): object {
  const metadata = { name, namespace: ownNamespace };
  return { apiVersion: 'v1', kind: 'Secret', metadata, type: credentialsType, stringData: { kubeconfig } };
}

/** A kubeconfig around the token in a Secret; any cluster that reaches the node can use it. */
async function readAccess({ cluster, kube }: Site, secret: string): Promise<string> {
  const { data } = await eventually(
    `a token in Secret ${secret}`,
    () => kube.get(secrets, `${ownNamespace}/${secret}`),
    (found) => found.data?.token !== undefined,
    { show: (found) => `keys ${Object.keys(found.data ?? {}).join(', ')}` },
  );
  const token = Buffer.from(data?.token ?? '', 'base64').toString();
  return kubeconfigOf(`https://${cluster.nodeAddress}:6443`, { token, ca: data?.['ca.crt'] ?? '' });
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
export async function readPeer({ cluster, kube }: Site): Promise<{ cluster: string; caBundle: string }> {
  const { data } = await eventually(
    `the identity of ${cluster.name}`,
    () => kube.get(configMaps, `${ownNamespace}/${ownNames.identity}`),
    ({ data }) => data?.cluster !== undefined && data['ca.crt'] !== undefined,
    { within: 120_000 },
  );
  return { cluster: data?.cluster ?? '', caBundle: data?.['ca.crt'] ?? '' };
}
