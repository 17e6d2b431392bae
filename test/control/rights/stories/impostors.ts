import assert from 'node:assert/strict';
import { ownNames } from '../../../../src/api/names.js';
import { configMaps, links, namespaces } from '../../../../src/api/resources.js';
import { encodeIdentity } from '../../../../src/protocol/identity.js';
import {
  aConfigMap,
  aLink,
  aMirror,
  aSecret,
  aService,
  aSlice,
  endpoint,
  exportOnly,
  of,
  port,
  spec,
} from '../../../gen/gen.js';
import { aCluster, aNamesake } from '../../../gen/pki.js';
import type { ClusterDriver } from '../../../driver/cluster.js';
import { eventually } from '../../../driver/eventually.js';
import { readOnly, startLightCluster } from '../../../driver/light.js';
import { servicePort, type RightsStory } from '../story.js';
import { openStream, startTraffic, destinationOf } from '../../../driver/traffic.js';

const healthy = 'GatewayHealthy=True';

/**
 * Berlin publishes whatever it likes: that it is Paris, or London, or Lyon, which only calls London and is linked later.
 * London's Links to it say what is wrong, Paris is called all the time, and London's operator starts anew in the middle of
 * it.
 */
export async function impostors({ clusters, tell }: RightsStory): Promise<void> {
  const { london, paris } = await clusters.namespace('impostors');
  await paris.creates(aService('hello', port(servicePort)), aSlice('hello', endpoint('10.9.0.1')));
  await london.creates(aMirror('hello', of('paris', 'impostors/hello')));
  await london.within(60_000).mirrorSays('hello', 'EndpointsReady=True');
  const before = (await clusters.paris.published()).caBundle;
  const uidOfLondon = (await clusters.london.kube.get(namespaces, 'kube-system')).metadata.uid ?? '';
  const foreign = (await aCluster('berlin')).authority.ca;
  const lyon = (await aCluster('lyon')).authority;
  const copyOfLyon = (await aNamesake(lyon, new Date())).cert;

  const berlin = await startLightCluster('berlin', { manifests: readOnly });
  const says = (cluster: string, uid: string, caBundle: string) =>
    berlin.applies(aConfigMap(ownNames.identity, encodeIdentity({ cluster, uid, caBundle, addresses: [] })));
  await says('paris', 'uid-of-berlin', before);
  const stream = await openStream(await destinationOf(london, 'hello'));
  const traffic = await startTraffic(() => destinationOf(london, 'hello'), { callers: 1, streams: 0 });
  // names that come before "paris": age decides, not the alphabet
  await clusters.london.applies(
    aSecret('link-a-berlin', { kubeconfig: await berlin.access('peer-london') }),
    aLink('a-berlin'),
    aLink(
      'a-pinned',
      spec({
        credentialsSecretRef: { name: 'link-a-berlin' },
        peer: { cluster: 'berlin', caBundle: foreign },
      }),
    ),
    aLink(
      'a-second',
      exportOnly,
      spec({
        peer: { cluster: 'paris', caBundle: before },
        exports: { all: true, allowSelectorless: false },
      }),
    ),
  );
  const patient = clusters.london.within(30_000);
  await patient.linkSays('a-second', 'GatewayHealthy=False/PeerConflict');
  await youngerThan(clusters.london, 'a-berlin');
  await clusters.london.applies(
    aLink('lyon', exportOnly, spec({ peer: { cluster: 'lyon', caBundle: lyon.ca } })),
  );
  await eventually(async () => {
    assert.ok((await clusters.london.own.get(configMaps, ownNames.peers)).data?.['lyon']);
  }, 30_000);

  const unresolved = async () => {
    await patient.linkSays('paris', healthy);
    const { data = {} } = await clusters.london.own.get(configMaps, ownNames.peers);
    assert.match(data['paris'] ?? '', /"cluster":"paris"/);
    assert.match(data['lyon'] ?? '', /"cluster":"lyon"/);
    assert.equal(data['a-second'], undefined);
    await stream.echo();
  };
  const claims: Record<string, { readonly claim: () => Promise<void>; readonly reason: string }> = {
    'it is paris': { claim: () => says('paris', 'uid-of-berlin', before), reason: 'PeerConflict' },
    'it is paris, with a CA of its own': {
      claim: () => says('paris', 'uid-of-berlin', foreign),
      reason: 'PeerConflict',
    },
    'it is lyon, whose Link is younger': {
      claim: () => says('lyon', 'uid-of-berlin', foreign),
      reason: 'PeerConflict',
    },
    'it is london': { claim: () => says('london', 'uid-of-berlin', foreign), reason: 'SelfLink' },
    'it has the UID of london': { claim: () => says('berlin', uidOfLondon, foreign), reason: 'SelfLink' },
  };
  for (const [said, { claim, reason }] of Object.entries(claims)) {
    await claim();
    await patient.linkSays('a-berlin', `GatewayHealthy=False/${reason}`);
    await unresolved();
    tell(`berlin says that ${said}: ${reason}`);
  }
  await says('paris', 'uid-of-berlin', before);
  await patient.linkSays('a-pinned', 'GatewayHealthy=False/PeerMismatch');
  await clusters.london.deletes(links, 'a-pinned');
  await unresolved();

  // who is known by its own name cannot take another's
  await says('berlin', 'uid-of-berlin', foreign);
  await eventually(async () => {
    assert.equal((await clusters.london.get(links, 'a-berlin')).status?.peer?.cluster, 'berlin');
    // what is settled stands here, and is written once a second at most
    const { data = {} } = await clusters.london.own.get(configMaps, ownNames.peers);
    assert.match(data['a-berlin'] ?? '', /"cluster":"berlin"/);
  }, 30_000);
  await says('paris', 'uid-of-berlin', before);
  await patient.linkSays('a-berlin', 'GatewayHealthy=False/PeerMismatch');
  await unresolved();
  tell('berlin, known as that, says that it is paris: PeerMismatch');
  await says('berlin', 'uid-of-berlin', foreign + copyOfLyon);
  await patient.linkSays('a-berlin', 'GatewayHealthy=False/PeerConflict');
  await unresolved();
  tell('berlin, known as that, publishes a CA of the name that the CA of lyon has: PeerConflict');
  await says('paris', 'uid-of-berlin', before);
  await patient.linkSays('a-berlin', 'GatewayHealthy=False/PeerMismatch');

  await clusters.operator.kill();
  await clusters.operator.start();
  await unresolved();
  for (const [name, reason] of [
    ['a-berlin', 'PeerMismatch'],
    ['a-second', 'PeerConflict'],
  ] as const)
    await patient.linkSays(name, `GatewayHealthy=False/${reason}`);
  // the restarted operator is seen at work: a new mirror comes to be served
  await london.creates(aMirror('later', of('paris', 'impostors/hello'), ({ spec }) => (spec.name = 'later')));
  await london.within(60_000).mirrorSays('later', 'EndpointsReady=True');
  await unresolved();

  // a Link that takes the place of another at once has no part in what that one knew
  await clusters.london.deletes(links, 'a-berlin');
  await clusters.london.applies(aLink('a-berlin'));
  await patient.linkSays('a-berlin', 'GatewayHealthy=False/PeerConflict');
  await unresolved();

  await traffic.stop();
  const { answered, failures } = traffic;
  tell(`${answered} calls to paris meanwhile, ${failures.length} more failed; its live stream lasted`);
  assert.deepEqual(failures, []);
  assert.ok(answered > 50);
  stream.close();
  await clusters.london.deletes(links, 'a-berlin', 'a-second', 'lyon');
  await berlin.close();
}

/** Waits until what is made from now on is younger than that Link: API servers note whole seconds. */
async function youngerThan(cluster: ClusterDriver, link: string): Promise<void> {
  const { metadata } = await cluster.get(links, link);
  const created = Date.parse(metadata.creationTimestamp ?? '');
  await eventually(() => assert.ok(Date.now() >= created + 1_000));
}
