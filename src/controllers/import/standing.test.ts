import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aFakeCluster, aRemote } from '../../../test/gen/cluster.js';
import {
  aLink,
  aMirror,
  aService,
  annotated,
  importing,
  labelled,
  named,
  of,
  ofClusters,
  ownedBy,
  type Change,
} from '../../../test/gen/gen.js';
import { keys, managedBy } from '../../api/names.js';
import type { ServiceMirror } from '../../api/servicemirror.js';
import { standing } from './standing.js';

const paris = aLink('paris');
const withService: Change<ServiceMirror> = (mirror) => {
  mirror.status = { service: { name: mirror.metadata.name } };
};
const made = (name: string, ...changes: Change<ServiceMirror>[]) =>
  aMirror(
    `${name}-paris`,
    ...[
      of('paris', `default/${name}`),
      named(`${name}-paris`),
      ownedBy(paris),
      annotated({ [keys.remoteService]: `default/${name}` }),
    ],
    ...changes,
  );

describe('standing()', () => {
  const fake = aFakeCluster(
    paris,
    made('web', withService),
    made('cart', withService),
    made('forged'),
    aMirror(),
  );
  fake.remotes.clusters.set('paris', aRemote({ services: [aService('web')] }));
  const { all, isGone } = standing(fake.caches, fake.remotes);

  it('counts automatic mirrors that have a Service', () => {
    assert.deepEqual(all('paris').toSorted(), ['paris|default/cart', 'paris|default/web']);
    assert.deepEqual(all('lyon'), []);
  });

  it('says of which of them the Service is gone', () => {
    const gone = ['web', 'cart', 'forged', 'hello'].filter((name) =>
      isGone('paris', `paris|default/${name}`),
    );
    assert.deepEqual(gone, ['cart']);
  });

  it('counts federated mirrors that name the cluster for its member, and says which member is gone', () => {
    const federated = (name: string, ...changes: Change<ServiceMirror>[]) =>
      aMirror(
        `${name}-federated`,
        ...[named(`${name}-federated`), labelled({ [keys.managedBy]: managedBy })],
        annotated({ [keys.federatedService]: name }),
        ...changes,
      );
    const member = labelled({ [keys.federated]: 'member' });
    const clusters = ofClusters('paris', 'lyon');
    const fake = aFakeCluster(
      aLink('paris', importing({ federated: {} })),
      aLink('lyon'),
      ...['web', 'cart', 'unlabelled'].map((name) => federated(name, clusters, withService)),
      federated('placeholder', ofClusters({ name: 'paris', weight: 0 }), withService),
      federated('forged', clusters),
    );
    const services = [aService('web', member), aService('unlabelled')];
    for (const name of ['paris', 'lyon']) fake.remotes.clusters.set(name, aRemote({ services }));
    const its = standing(fake.caches, fake.remotes);
    const all = ['|default/cart', '|default/unlabelled', '|default/web'];
    assert.deepEqual(its.all('paris').toSorted(), all);
    assert.deepEqual(its.all('lyon'), [], 'a Link that federates no more');
    const gone = (link: string) => [...all, '|default/forged'].filter((key) => its.isGone(link, key));
    assert.deepEqual(gone('paris'), ['|default/cart', '|default/unlabelled']);
    assert.deepEqual(gone('lyon'), []);
  });

  it('calls nothing gone before the cluster was read', () => {
    fake.remotes.clusters.get('paris')!.synced = false;
    assert.equal(isGone('paris', 'paris|default/cart'), false);
  });
});
