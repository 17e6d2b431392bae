import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { automatic, london, reconcile, selected } from '../../../test/gen/automatic.js';
import { aRemote } from '../../../test/gen/cluster.js';
import { aService, inNamespace } from '../../../test/gen/gen.js';
import { ApiError } from '../../runtime/errors.js';

describe('reconcileAutomatic(), where there is no namespace,', () => {
  const creating = automatic({ createNamespaces: true });
  const shop = aService('web', inNamespace('shop'), selected);
  const there = aRemote({ services: [shop] });
  const inShop = 'paris|shop/web';

  it('makes it first, and the mirror when it is there', async () => {
    const fake = london([], creating);
    fake.remotes.clusters.set('paris', there);
    assert.deepEqual(await reconcile(fake, inShop), { requeueAfter: 1_000 });
    assert.deepEqual(fake.written(), ['create namespaces shop']);
    await reconcile(fake, inShop);
    assert.deepEqual(fake.written(), ['create servicemirrors shop/web-paris']);
    assert.deepEqual(fake.told, []);
  });

  it('says that it may not, and how to let it', async () => {
    const fake = london([], creating);
    fake.remotes.clusters.set('paris', there);
    fake.kube.beforeWrite = () => {
      throw new ApiError('namespaces is forbidden', { status: 403, reason: 'Forbidden' });
    };
    assert.deepEqual(await reconcile(fake, inShop), { requeueAfter: 5_000 });
    assert.deepEqual(fake.told, ['Warning WriteRefused']);
    assert.deepEqual(fake.unmade.counts('paris'), { WriteRefused: 1 });
  });

  it('makes none where the Link does not say so', async () => {
    const fake = london([]);
    fake.remotes.clusters.set('paris', there);
    await reconcile(fake, inShop);
    assert.deepEqual(fake.written(), []);
    assert.deepEqual(fake.unmade.counts('paris'), { NamespaceMissing: 1 });
  });
});
