import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aLink, aMirror, aNamespace, aService, labelled, port } from '../../../test/gen/gen.js';
import { aFakeCluster, aRemote, type FakeCluster } from '../../../test/gen/cluster.js';
import { ApiError } from '../../runtime/errors.js';
import { reconcileService } from './services.js';

const key = 'default/hello-mirror';

/** London, with a mirror of `hello`, which has these labels. */
async function london(labels: Record<string, string>): Promise<FakeCluster> {
  const fake = aFakeCluster(aMirror(), aLink(), aNamespace());
  paris(fake, labels);
  await reconcileService(fake)(key);
  return fake;
}

function paris(fake: FakeCluster, labels: Record<string, string>): void {
  const services = [aService('hello', port(80), labelled(labels))];
  fake.remotes.clusters.set('paris', aRemote({ services }));
}

const labelOf = (fake: FakeCluster) => fake.caches.services.get('default/hello')?.metadata.labels?.tier;

/** Lets the next write fail. */
function failing(fake: FakeCluster): void {
  fake.kube.beforeWrite = () => {
    fake.kube.beforeWrite = () => undefined;
    throw new ApiError('the server is tired', { status: 500 });
  };
}

describe('after a failed write', () => {
  it('a Service whose change failed is changed at the next attempt', async () => {
    const fake = await london({ tier: 'a' });
    paris(fake, { tier: 'b' });
    failing(fake);
    await assert.rejects(reconcileService(fake)(key), ApiError);
    assert.equal(labelOf(fake), 'a');
    await reconcileService(fake)(key);
    assert.equal(labelOf(fake), 'b');
  });

  it('an attempt that comes again writes what is there by then', async () => {
    const fake = await london({ tier: 'a' });
    paris(fake, { tier: 'b' });
    failing(fake);
    await assert.rejects(reconcileService(fake)(key), ApiError);
    paris(fake, { tier: 'c' });
    await reconcileService(fake)(key);
    assert.equal(labelOf(fake), 'c');
  });
});
