import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aMirror, aService, aSlice, endpoint, metadata, ownedBy } from '../../../test/gen/gen.js';
import { aFakeCluster, type FakeCluster } from '../../../test/gen/cluster.js';
import { key, walkthrough } from '../../../test/gen/walkthrough.js';
import { services } from '../../api/resources.js';
import { ApiError } from '../../runtime/errors.js';
import { removeLeftovers, sooner, withoutMirror } from './leftovers.js';
import { reconcileEndpoints } from './endpoints.js';
import { reconcileService } from './services.js';

const earlier = aMirror('hello-mirror', metadata({ uid: 'earlier' }));
const left = aService('left', ownedBy(earlier));
const leftSlice = aSlice('left', endpoint('10.9.0.7'), ownedBy(left));

/** Refuses writes that begin so, as a policy does. */
function refuse(fake: FakeCluster, writes: RegExp): () => void {
  fake.kube.beforeWrite = (write) => {
    if (writes.test(write)) throw new ApiError('policy "p" denies it', { status: 422, reason: 'Invalid' });
  };
  return () => (fake.kube.beforeWrite = () => undefined);
}

describe('removeLeftovers()', () => {
  const remove = (fake: FakeCluster, ...objects: (typeof left)[]) =>
    removeLeftovers(key, { resource: services, objects }, fake);

  it('tells of a deletion that is refused once, tries again ever later, and is done when it is taken', async () => {
    const fake = aFakeCluster(left);
    const allow = refuse(fake, /^remove/);
    for (const wait of [5_000, 10_000]) {
      assert.deepEqual(await remove(fake, left), { requeueAfter: wait });
      assert.deepEqual(await remove(fake, left), { requeueAfter: wait });
      await fake.clock.advance(wait);
    }
    assert.deepEqual(fake.told, ['Warning WriteRefused']);
    allow();
    assert.equal(await remove(fake, left), undefined);
    assert.deepEqual(fake.names('services'), []);
  });

  it('removes the others when one is refused, and lets other failures through', async () => {
    const other = aService('other', ownedBy(earlier));
    const fake = aFakeCluster(left, other);
    refuse(fake, /^remove services default\/left/);
    assert.ok(await remove(fake, left, other));
    assert.deepEqual(fake.names('services'), ['left']);
    fake.kube.beforeWrite = () => {
      throw new ApiError('too much to do', { status: 429 });
    };
    await fake.clock.advance(60_000);
    await assert.rejects(() => remove(fake, left), ApiError);
  });
});

describe('withoutMirror()', () => {
  it('keeps a Service whose mirror is there, though its cache does not show it yet', async () => {
    const fake = aFakeCluster(left);
    const get = async () => earlier as never;
    assert.deepEqual(await withoutMirror([left], { kube: { get } }), []);
    assert.deepEqual(await withoutMirror([left], fake), [left]);
  });

  it('asks for no mirror of a name that cannot be one', async () => {
    const odd = aService('odd', ownedBy({ ...earlier, metadata: { ...earlier.metadata, name: '..' } }));
    const get = () => assert.fail('it was asked for');
    assert.deepEqual(await withoutMirror([odd], { kube: { get } }), [odd]);
  });

  it('does not guess when the API server does not answer', async () => {
    const get = () => Promise.reject(new ApiError('broken', { status: 500 }));
    await assert.rejects(() => withoutMirror([left], { kube: { get } }), ApiError);
  });
});

describe('the controllers of a mirror whose predecessor left something that may not be deleted', () => {
  it('write what is its own all the same', async () => {
    const fake = walkthrough();
    fake.put(left, leftSlice);
    refuse(fake, /^remove/);
    assert.deepEqual(await reconcileEndpoints(fake)(key), { requeueAfter: 5_000 });
    await reconcileService(fake)(key);
    assert.deepEqual(fake.written(), ['create services default/hello']);
    fake.drop(leftSlice);
    assert.deepEqual(await reconcileService(fake)(key), { requeueAfter: 5_000 });
  });

  it('neither take a Service nor its slices from a mirror that only their cache lacks', async () => {
    const fake = aFakeCluster(left, leftSlice);
    const kube = { get: async () => earlier as never };
    await reconcileEndpoints({ ...fake, kube })(key);
    fake.drop(leftSlice);
    await reconcileService({ ...fake, kube })(key);
    assert.deepEqual(fake.written(), []);
  });
});

describe('sooner()', () => {
  it('is the earlier time, if there is any', () => {
    assert.equal(sooner(undefined, undefined), undefined);
    assert.deepEqual(sooner({ requeueAfter: 7 }, undefined, { requeueAfter: 3 }), { requeueAfter: 3 });
  });
});
