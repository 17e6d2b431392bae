import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aFakeCluster, aRemote } from '../../../test/gen/cluster.js';
import {
  aLink,
  aMirror,
  aService,
  annotated,
  named,
  of,
  ownedBy,
  type Change,
} from '../../../test/gen/gen.js';
import { keys } from '../../api/names.js';
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
    const gone = ['web', 'cart', 'forged', 'hello'].filter((name) => isGone(`paris|default/${name}`));
    assert.deepEqual(gone, ['cart']);
  });

  it('calls nothing gone before the cluster was read', () => {
    fake.remotes.clusters.get('paris')!.synced = false;
    assert.equal(isGone('paris|default/cart'), false);
  });
});
