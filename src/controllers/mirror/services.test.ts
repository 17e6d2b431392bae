import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  aLink,
  aMirror,
  aNamespace,
  aService,
  aSlice,
  headless,
  labelled,
  metadata,
  over,
  ownedBy,
  port,
  serviceSpec,
  slice,
} from '../../../test/gen/gen.js';
import { aRemote, aFakeCluster, type FakeCluster } from '../../../test/gen/cluster.js';
import { keys, managedBy } from '../../api/names.js';
import { ApiError } from '../../runtime/errors.js';
import { triedAgainAfter } from './families.js';
import { reconcileService } from './services.js';

const mirror = aMirror();
const key = 'default/hello-mirror';

function paris(fake: FakeCluster, ...services: ReturnType<typeof aService>[]): FakeCluster {
  fake.remotes.clusters.set('paris', aRemote({ services }));
  return fake;
}

const walkthrough = () => paris(aFakeCluster(mirror, aLink(), aNamespace()), aService('hello', port(80)));
const reconcile = (fake: FakeCluster) => reconcileService(fake)(key);

describe('reconcileService()', () => {
  it('creates the Service, and writes nothing when it looks again', async () => {
    const fake = walkthrough();
    await reconcile(fake);
    assert.deepEqual(fake.written(), ['create services default/hello']);
    const made = fake.caches.services.get('default/hello');
    assert.equal(made?.metadata.ownerReferences?.[0]?.uid, mirror.metadata.uid);
    assert.equal('selector' in (made?.spec ?? {}), false);
    await reconcile(fake);
    await reconcile(fake.restarted());
    assert.deepEqual(fake.written(), []);
  });

  it('makes none anew for a mirror that is gone, as the API server says and the cache does not yet', async () => {
    const fake = walkthrough();
    await reconcile(fake);
    fake.drop(fake.caches.services.get('default/hello')!);
    fake.written();
    const get = fake.kube.get.bind(fake.kube);
    fake.kube.get = () => Promise.reject(new ApiError('gone', { status: 404, reason: 'NotFound' }));
    fake.liveMirrors.suspect(key);
    await reconcile(fake);
    assert.deepEqual(fake.written(), []);
    fake.kube.get = get;
    await reconcile(fake);
    assert.deepEqual(fake.written(), ['create services default/hello']);
  });

  it('follows the remote service, and removes a port that is gone', async () => {
    const fake = walkthrough();
    await reconcile(fake);
    paris(fake, aService('hello', port(443, { name: 'https' }), labelled({ tier: 'front' })));
    await reconcile(fake);
    const made = fake.caches.services.get('default/hello');
    assert.deepEqual(
      made?.spec.ports?.map((each) => each.port),
      [443],
    );
    assert.equal(made?.metadata.labels?.tier, 'front');
  });

  it('repairs what somebody has edited', async () => {
    const fake = walkthrough();
    await reconcile(fake);
    const made = fake.caches.services.get('default/hello');
    assert.ok(made);
    fake.put({ ...made, spec: { ...made.spec, selector: { app: 'mine' } } } as typeof made);
    await reconcile(fake);
    assert.equal('selector' in (fake.caches.services.get('default/hello')?.spec ?? {}), false);
  });

  it('leaves labels that others put on it', async () => {
    const fake = walkthrough();
    await reconcile(fake);
    const made = fake.caches.services.get('default/hello');
    assert.ok(made);
    fake.put({ ...made, metadata: { ...made.metadata, labels: { ...made.metadata.labels, mine: 'x' } } });
    fake.written();
    await reconcile(fake);
    assert.deepEqual(fake.written(), []);
  });

  it('never touches a Service that is not ours', async () => {
    const fake = walkthrough();
    fake.put(
      aService(
        'hello',
        port(1),
        labelled({ [keys.managedBy]: managedBy, [keys.serviceMirror]: 'hello-mirror' }),
      ),
    );
    await reconcile(fake);
    assert.deepEqual(fake.written(), []);
  });

  it('looks again soon when somebody else was faster', async () => {
    const fake = walkthrough();
    const foreign = aService('hello', port(1));
    fake.kube.beforeWrite = (write) => {
      // it is made between our decision and our write
      if (write.startsWith('create')) fake.put(foreign);
    };
    assert.deepEqual(await reconcile(fake), { requeueAfter: 1_000 });
    assert.deepEqual(fake.caches.services.get('default/hello')?.spec, foreign.spec);
  });

  it('keeps the Service and its cluster IP when the remote service, the Link or the contact goes', async () => {
    for (const lose of [
      (fake: FakeCluster) => void paris(fake),
      (fake: FakeCluster) => fake.drop(aLink()),
      (fake: FakeCluster) => void fake.remotes.clusters.delete('paris'),
      (fake: FakeCluster) => void fake.remotes.clusters.set('paris', aRemote({ synced: false })),
    ]) {
      const fake = walkthrough();
      await reconcile(fake);
      lose(fake);
      fake.written();
      await reconcile(fake);
      assert.deepEqual(fake.written(), []);
      assert.deepEqual(fake.names('services'), ['hello']);
    }
  });

  it('makes a Service anew that turned headless, and tells so', async () => {
    const fake = walkthrough();
    fake.put(aLink('paris', over('flat')));
    await reconcile(fake);
    const before = fake.caches.services.get('default/hello')?.metadata.uid;
    paris(fake, aService('hello', port(80), headless));
    await reconcile(fake);
    assert.deepEqual(fake.told, ['Normal ServiceReplaced']);
    await reconcile(fake);
    const made = fake.caches.services.get('default/hello');
    assert.equal(made?.spec.clusterIP, 'None');
    assert.notEqual(made?.metadata.uid, before);
    assert.deepEqual(fake.written(), [
      'create services default/hello',
      'remove services default/hello',
      'create services default/hello',
    ]);
  });

  it('removes the Service of a mirror that is gone, after its slices', async () => {
    const fake = walkthrough();
    await reconcile(fake);
    const made = fake.caches.services.get('default/hello');
    assert.ok(made);
    const left = aSlice('hello', slice('hello-mirror-ipv4-0'), ownedBy(made));
    fake.put(left);
    fake.drop(mirror);
    fake.written();
    await reconcile(fake);
    assert.deepEqual(fake.written(), []);
    fake.drop(left);
    await reconcile(fake);
    assert.deepEqual(fake.written(), ['remove services default/hello']);
  });

  it('takes the place of a Service whose mirror was made anew under the same name', async () => {
    const fake = walkthrough();
    await reconcile(fake);
    fake.drop(mirror);
    fake.put(aMirror('hello-mirror', metadata({ uid: 'another' })));
    await reconcile(fake);
    await reconcile(fake);
    assert.equal(fake.caches.services.get('default/hello')?.metadata.ownerReferences?.[0]?.uid, 'another');
  });

  it('leaves a Service alone whose owner is a ServiceMirror of another group', async () => {
    const stranger = {
      ...aMirror('hello-mirror', metadata({ uid: 'theirs' })),
      apiVersion: 'example.com/v1',
    };
    const fake = aFakeCluster(aService('hello', ownedBy(stranger)), aLink(), aNamespace());
    await reconcile(fake);
    assert.deepEqual(fake.written(), []);
  });
});

describe('reconcileService() where the API server has no IPv6', () => {
  const six = serviceSpec({ ipFamilies: ['IPv6'], clusterIP: 'fd00::10' });
  const refusing = (fake: FakeCluster) => {
    fake.kube.beforeWrite = (write) => {
      if (write !== 'create services default/hello') return;
      const message =
        'Service "hello" is invalid: spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster';
      throw new ApiError(message, { status: 422, reason: 'Invalid' });
    };
    return fake;
  };
  const flatly = () => aFakeCluster(mirror, aLink('paris', over('flat')), aNamespace());

  it('learns it from the refusal, tries no more for a while, and makes the Service when it is accepted', async () => {
    const fake = refusing(paris(flatly(), aService('hello', port(80), six)));
    assert.deepEqual(await reconcile(fake), { requeueAfter: triedAgainAfter });
    assert.deepEqual(fake.families.absent(), ['IPv6']);
    fake.kube.beforeWrite = () => undefined;
    await reconcile(fake);
    assert.deepEqual(fake.written(), []);
    await fake.clock.advance(triedAgainAfter);
    await reconcile(fake);
    assert.deepEqual(fake.written(), ['create services default/hello']);
    assert.deepEqual(fake.families.absent(), []);
  });

  it('keeps the Service of a remote one that comes back in that family', async () => {
    const fake = paris(flatly(), aService('hello', port(80)));
    await reconcile(fake);
    fake.families.refused(
      new ApiError('spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster', {
        status: 422,
      }),
    );
    paris(fake, aService('hello', port(80), six));
    fake.written();
    await reconcile(fake);
    await fake.clock.advance(triedAgainAfter);
    assert.deepEqual(await reconcile(fake), { requeueAfter: triedAgainAfter });
    assert.deepEqual(fake.written(), []);
  });

  it('makes it anew where nothing is known against that, and says so', async () => {
    const fake = paris(flatly(), aService('hello', port(80)));
    await reconcile(fake);
    paris(fake, aService('hello', port(80), six));
    fake.written();
    await reconcile(fake);
    await reconcile(fake);
    assert.deepEqual(fake.written(), ['remove services default/hello', 'create services default/hello']);
    assert.deepEqual(fake.told, ['Normal ServiceReplaced']);
  });
});
