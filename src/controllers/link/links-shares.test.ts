import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aLink, aSecret, over } from '../../../test/gen/gen.js';
import { aFakeCluster, aRemote, type FakeCluster } from '../../../test/gen/cluster.js';
import { credentialsType } from '../../api/names.js';
import type { KubeObject } from '../../api/objects.js';
import { reconcileLink } from './links.js';
import type { ApiPlan } from './remotes.js';

const kubeconfig = JSON.stringify({
  clusters: [{ name: 'c', cluster: { server: 'https://paris:6443' } }],
  users: [{ name: 'u', user: { token: 't' } }],
  contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
  'current-context': 'x',
});
const credentials = aSecret('link-paris', { kubeconfig }, (secret) => void (secret.type = credentialsType));

/** The cluster as a share of two finds it; Link `paris` is of share 0. */
function asShare(index: number, ...objects: KubeObject[]): FakeCluster {
  const fake = aFakeCluster(credentials, ...objects).asShare(index, 2);
  fake.remotes.clusters.set('paris', aRemote());
  return fake;
}

const reconcile = (fake: FakeCluster) => reconcileLink(fake)('paris', new AbortController().signal);

describe('reconcileLink() of a Link of another share', () => {
  it('reads only what the peer publishes, and writes nothing', async () => {
    const fake = asShare(1, aLink());
    assert.equal(await reconcile(fake), undefined);
    assert.deepEqual(fake.remotes.calls, ['ensure paris']);
    assert.equal((fake.remotes.plans.get('paris') as ApiPlan).scope.services, false);
    assert.deepEqual(fake.written(), []);
  });

  it('reads nothing over a transport whose peers publish nothing', async () => {
    const fake = asShare(1, aLink('paris', over('flat')));
    await reconcile(fake);
    assert.deepEqual(fake.remotes.calls, ['drop paris']);
    assert.deepEqual(fake.written(), []);
  });

  it('asks for no new token', async () => {
    const fake = asShare(1, aLink());
    const renew = () => assert.fail('it is not ours');
    await reconcileLink({ ...fake, renewals: { ...fake.renewals, renew } })(
      'paris',
      new AbortController().signal,
    );
  });
});

describe('reconcileLink() of a Link of its own share', () => {
  it('reads all, and writes the status', async () => {
    const fake = asShare(0, aLink());
    await reconcile(fake);
    assert.equal((fake.remotes.plans.get('paris') as ApiPlan).scope.services, undefined);
    assert.equal(fake.written().length, 1);
  });
});
