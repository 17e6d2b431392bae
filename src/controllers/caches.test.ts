import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  aLink,
  aMirror,
  aService,
  aSlice,
  endpoint,
  holding,
  annotated,
  inNamespace,
  labelled,
  named,
  of,
  ofClusters,
  ownedBy,
} from '../../test/gen/gen.js';
import { keys, managedBy } from '../api/names.js';
import { aFakeCluster } from '../../test/gen/cluster.js';
import { indexOf, mirrorOwner, mirrorsWanting } from './caches.js';
import { serviceOfSlice } from '../api/resources.js';

const mirror = aMirror('m', of('paris', 'shop/cart'), named('cart-paris'), holding({ 80: 10_000 }));
const { caches } = aFakeCluster(
  mirror,
  aMirror('other', inNamespace('else')),
  aLink(),
  aService('cart-paris', ownedBy(mirror)),
  aSlice('cart-paris', endpoint('10.1.0.1')),
);
const names = (found: readonly { metadata: { name: string } }[]) =>
  found.map(({ metadata }) => metadata.name);

describe('localReflectors()', () => {
  const finds: Record<string, readonly { metadata: { name: string } }[]> = {
    'mirrors by their Link and remote service': caches.mirrors.by(
      'remote',
      indexOf.remoteService({ cluster: 'paris', namespace: 'shop', name: 'cart' }),
    ),
    'mirrors by the Service that they want': caches.mirrors.by(
      'local',
      indexOf.localService('default', 'cart-paris'),
    ),
    'mirrors by their namespace': caches.mirrors.by('namespace', 'default'),
    'mirrors by the egress ports that they hold': caches.mirrors.by('gatewayPort', '10000'),
  };
  for (const [sentence, found] of Object.entries(finds)) {
    it(`finds ${sentence}`, () => assert.deepEqual(names(found), ['m']));
  }

  it('finds federated mirrors, of all clusters or of one, and by the name of their Services', () => {
    const federated = aMirror(
      'm-federated',
      ...[named('m-federated'), ofClusters('paris', 'lyon'), labelled({ [keys.managedBy]: managedBy })],
      annotated({ [keys.federatedService]: 'm' }),
    );
    const { mirrors } = aFakeCluster(federated, mirror).caches;
    for (const cluster of ['', 'paris', 'lyon'])
      assert.deepEqual(names(mirrors.by('federated', cluster)), ['m-federated']);
    assert.deepEqual(names(mirrors.by('federatedOf', '|default/m')), ['m-federated']);
  });

  it('finds mirrors by their Link', () =>
    assert.deepEqual(names(caches.mirrors.by('link', 'paris')).toSorted(), ['m', 'other']));
  it('finds Links by their Secret', () =>
    assert.deepEqual(names(caches.links.by('secret', 'link-paris')), ['paris']));
  it('finds Services by the mirror that owns them', () =>
    assert.deepEqual(names(caches.services.by('owner', 'default/m')), ['cart-paris']));
  it('finds slices by their Service', () =>
    assert.equal(caches.slices.by('service', 'default/cart-paris').length, 1));
  it('finds slices by an address in them', () =>
    assert.equal(caches.slices.by('address', '10.1.0.1').length, 1));
});

describe('mirrorOwner()', () => {
  const cases: Record<string, { service: ReturnType<typeof aService>; is: string | undefined }> = {
    'is the key of the mirror that controls it': { service: aService('s', ownedBy(mirror)), is: 'default/m' },
    'is nobody without an owner': { service: aService('s'), is: undefined },
    'is nobody of another kind': { service: aService('s', ownedBy(aLink())), is: undefined },
    'is nobody of another group': {
      service: aService('s', ownedBy({ ...mirror, apiVersion: 'example.com/v1' })),
      is: undefined,
    },
    'is the mirror of a later version of the group': {
      service: aService('s', ownedBy({ ...mirror, apiVersion: 'linkerd.io/v1' })),
      is: 'default/m',
    },
    'is nobody who does not control it': {
      service: aService('s', ownedBy(mirror), ({ metadata: { ownerReferences = [] } }) => {
        for (const ref of ownerReferences) delete ref.controller;
      }),
      is: undefined,
    },
  };
  for (const [sentence, { service, is }] of Object.entries(cases)) {
    it(sentence, () => assert.equal(mirrorOwner(service), is));
  }
});

describe('serviceOfSlice() and mirrorsWanting()', () => {
  it('lead from a slice to the mirrors that want its Service', () => {
    const key = serviceOfSlice(aSlice('cart-paris'));
    assert.equal(key, 'default/cart-paris');
    assert.deepEqual(mirrorsWanting(caches, key), ['default/m']);
  });
});
