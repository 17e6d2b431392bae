import { podLabels } from '../../../src/api/names.js';
import { keyOf, pods } from '../../../src/api/resources.js';
import type { Pod } from '../../../src/api/objects.js';
import { createAuthority } from '../../../src/pki/ca.js';
import {
  aLink,
  aMirror,
  aPod,
  aService,
  aSlice,
  endpoint,
  exportOnly,
  headless,
  named,
  of,
  over,
  port,
  spec,
} from '../../gen/gen.js';
import type { Says } from '../../driver/conditions.js';
import { ownNamespace, type ClusterDriver } from '../../driver/cluster.js';
import type { InBoth, OperatorClusters } from './clusters.js';

/** Mirrors of {@link populate}, one for each state in which a mirror may rest, and what each says. */
export const population: Readonly<Record<string, Says>> = {
  ready: 'Ready=True',
  renamed: 'Ready=True',
  headless: 'Ready=True',
  idle: 'Ready=False/NoReadyEndpoints',
  absent: 'Ready=False/RemoteServiceNotFound',
  foreign: 'Ready=False/NameConflict',
  unlinked: 'Ready=False/LinkNotFound',
  tunnelled: 'Ready=False/NoLocalGateway',
};

/** Fills a namespace of both clusters with mirrors and Links in every state; `tunnel` goes through a gateway that does not answer. */
export async function populate(clusters: OperatorClusters, name: string): Promise<InBoth> {
  const both = await clusters.namespace(name);
  const { london, paris } = both;
  const { ca: caBundle } = await createAuthority('paris', { now: new Date() });
  const gateway = { addresses: [{ host: '127.0.0.1', port: 1 }] };
  const access = await clusters.paris.access('peer-london');
  await clusters.link(
    'tunnel',
    access,
    over('gateway'),
    spec({ peer: { cluster: 'paris', caBundle }, gateway }),
  );
  await london.applies(aLink('incomplete', over('flat')), aLink('exporting', exportOnly, over('flat')));
  await runSilentEgress(clusters.london);

  for (const service of ['ready', 'tunnelled', 'foreign', 'other'])
    await paris.applies(aService(service, port(80)), aSlice(service, endpoint('10.9.0.1')));
  await paris.applies(aService('idle', port(80)));
  await paris.applies(aService('headless', headless, port(80)), aSlice('headless', endpoint('10.9.0.2')));
  await london.applies(aService('foreign', port(80)));
  const mirror = (mirrored: string, link = 'paris') => aMirror(mirrored, of(link, `${name}/${mirrored}`));
  await london.applies(
    ...['ready', 'headless', 'idle', 'absent', 'foreign'].map((each) => mirror(each)),
    mirror('tunnelled', 'tunnel'),
    mirror('unlinked', 'nowhere'),
    aMirror('renamed', of('paris', `${name}/other`), named('renamed')),
  );
  return both;
}

/** Waits until every mirror of the population says what it should. */
export async function isSettled({ london }: InBoth): Promise<void> {
  const patient = london.within(20_000); // an egress gateway has 5 s to answer
  await Promise.all(Object.entries(population).map(([name, says]) => patient.mirrorSays(name, says)));
}

/** A running egress gateway pod, as far as London's API server knows; nobody answers at its address. */
async function runSilentEgress({ kube }: ClusterDriver): Promise<void> {
  const pod = aPod('egress-0', '127.0.0.9', ({ metadata }) => (metadata.labels = podLabels('egress')));
  const { uid, resourceVersion, generation, creationTimestamp, ...metadata } = pod.metadata;
  void [uid, resourceVersion, generation, creationTimestamp];
  const container = {
    name: 'egress',
    image: 'none',
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  };
  const securityContext = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };
  const spec: object = { securityContext, containers: [container] };
  await kube.create<Pod>(pods, { ...pod, metadata, spec });
  const key = keyOf({ metadata: { namespace: ownNamespace, name: metadata.name } });
  await kube.mergePatch(pods, key, { status: pod.status }, { subresource: 'status' });
}
