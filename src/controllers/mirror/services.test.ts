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
import { aRemote, aWorld, type FakeCluster } from '../../../test/gen/cluster.js';
import { keys, managedBy } from '../../api/names.js';
import { ApiError } from '../../runtime/errors.js';
import { triedAgainAfter } from './families.js';
import { reconcileService } from './services.js';

const mirror = aMirror();
const key = 'default/hello-mirror';

function paris(world: FakeCluster, ...services: ReturnType<typeof aService>[]): FakeCluster {
  world.remotes.clusters.set('paris', aRemote({ services }));
  return world;
}

const walkthrough = () => paris(aWorld(mirror, aLink(), aNamespace()), aService('hello', port(80)));
const reconcile = (world: FakeCluster) => reconcileService(world)(key);

describe('reconcileService()', () => {
  it('creates the Service, and writes nothing when it looks again', async () => {
    const world = walkthrough();
    await reconcile(world);
    assert.deepEqual(world.written(), ['create services default/hello']);
    const made = world.caches.services.get('default/hello');
    assert.equal(made?.metadata.ownerReferences?.[0]?.uid, mirror.metadata.uid);
    assert.equal('selector' in (made?.spec ?? {}), false);
    await reconcile(world);
    await reconcile(world.restarted());
    assert.deepEqual(world.written(), []);
  });

  it('follows the remote service, and removes a port that is gone', async () => {
    const world = walkthrough();
    await reconcile(world);
    paris(world, aService('hello', port(443, { name: 'https' }), labelled({ tier: 'front' })));
    await reconcile(world);
    const made = world.caches.services.get('default/hello');
    assert.deepEqual(
      made?.spec.ports?.map((each) => each.port),
      [443],
    );
    assert.equal(made?.metadata.labels?.tier, 'front');
  });

  it('repairs what somebody has edited', async () => {
    const world = walkthrough();
    await reconcile(world);
    const made = world.caches.services.get('default/hello');
    assert.ok(made);
    world.put({ ...made, spec: { ...made.spec, selector: { app: 'mine' } } } as typeof made);
    await reconcile(world);
    assert.equal('selector' in (world.caches.services.get('default/hello')?.spec ?? {}), false);
  });

  it('leaves labels that others put on it', async () => {
    const world = walkthrough();
    await reconcile(world);
    const made = world.caches.services.get('default/hello');
    assert.ok(made);
    world.put({ ...made, metadata: { ...made.metadata, labels: { ...made.metadata.labels, mine: 'x' } } });
    world.written();
    await reconcile(world);
    assert.deepEqual(world.written(), []);
  });

  it('never touches a Service that is not ours', async () => {
    const world = walkthrough();
    world.put(
      aService(
        'hello',
        port(1),
        labelled({ [keys.managedBy]: managedBy, [keys.serviceMirror]: 'hello-mirror' }),
      ),
    );
    await reconcile(world);
    assert.deepEqual(world.written(), []);
  });

  it('looks again soon when somebody else was faster', async () => {
    const world = walkthrough();
    const foreign = aService('hello', port(1));
    world.kube.beforeWrite = (write) => {
      // it is made between our decision and our write
      if (write.startsWith('create')) world.put(foreign);
    };
    assert.deepEqual(await reconcile(world), { requeueAfter: 1_000 });
    assert.deepEqual(world.caches.services.get('default/hello')?.spec, foreign.spec);
  });

  it('keeps the Service and its cluster IP when the remote service, the Link or the contact goes', async () => {
    for (const lose of [
      (world: FakeCluster) => void paris(world),
      (world: FakeCluster) => world.drop(aLink()),
      (world: FakeCluster) => void world.remotes.clusters.delete('paris'),
      (world: FakeCluster) => void world.remotes.clusters.set('paris', aRemote({ synced: false })),
    ]) {
      const world = walkthrough();
      await reconcile(world);
      lose(world);
      world.written();
      await reconcile(world);
      assert.deepEqual(world.written(), []);
      assert.deepEqual(world.names('services'), ['hello']);
    }
  });

  it('makes a Service anew that turned headless, and tells so', async () => {
    const world = walkthrough();
    world.put(aLink('paris', over('flat')));
    await reconcile(world);
    const before = world.caches.services.get('default/hello')?.metadata.uid;
    paris(world, aService('hello', port(80), headless));
    await reconcile(world);
    assert.deepEqual(world.told, ['Normal ServiceReplaced']);
    await reconcile(world);
    const made = world.caches.services.get('default/hello');
    assert.equal(made?.spec.clusterIP, 'None');
    assert.notEqual(made?.metadata.uid, before);
    assert.deepEqual(world.written(), [
      'create services default/hello',
      'remove services default/hello',
      'create services default/hello',
    ]);
  });

  it('removes the Service of a mirror that is gone, after its slices', async () => {
    const world = walkthrough();
    await reconcile(world);
    const made = world.caches.services.get('default/hello');
    assert.ok(made);
    const left = aSlice('hello', slice('hello-mirror-ipv4-0'), ownedBy(made));
    world.put(left);
    world.drop(mirror);
    world.written();
    await reconcile(world);
    assert.deepEqual(world.written(), []);
    world.drop(left);
    await reconcile(world);
    assert.deepEqual(world.written(), ['remove services default/hello']);
  });

  it('takes the place of a Service whose mirror was made anew under the same name', async () => {
    const world = walkthrough();
    await reconcile(world);
    world.drop(mirror);
    world.put(aMirror('hello-mirror', metadata({ uid: 'another' })));
    await reconcile(world);
    await reconcile(world);
    assert.equal(world.caches.services.get('default/hello')?.metadata.ownerReferences?.[0]?.uid, 'another');
  });

  it('leaves a Service alone whose owner is a ServiceMirror of another group', async () => {
    const stranger = {
      ...aMirror('hello-mirror', metadata({ uid: 'theirs' })),
      apiVersion: 'example.com/v1',
    };
    const world = aWorld(aService('hello', ownedBy(stranger)), aLink(), aNamespace());
    await reconcile(world);
    assert.deepEqual(world.written(), []);
  });
});

describe('reconcileService() where the API server has no IPv6', () => {
  const six = serviceSpec({ ipFamilies: ['IPv6'], clusterIP: 'fd00::10' });
  const refusing = (world: FakeCluster) => {
    world.kube.beforeWrite = (write) => {
      if (write !== 'create services default/hello') return;
      const message =
        'Service "hello" is invalid: spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster';
      throw new ApiError(message, { status: 422, reason: 'Invalid' });
    };
    return world;
  };
  const flatly = () => aWorld(mirror, aLink('paris', over('flat')), aNamespace());

  it('learns it from the refusal, tries no more for a while, and makes the Service when it is accepted', async () => {
    const world = refusing(paris(flatly(), aService('hello', port(80), six)));
    assert.deepEqual(await reconcile(world), { requeueAfter: triedAgainAfter });
    assert.deepEqual(world.families.absent(), ['IPv6']);
    world.kube.beforeWrite = () => undefined;
    await reconcile(world);
    assert.deepEqual(world.written(), []);
    await world.clock.advance(triedAgainAfter);
    await reconcile(world);
    assert.deepEqual(world.written(), ['create services default/hello']);
    assert.deepEqual(world.families.absent(), []);
  });

  it('keeps the Service of a remote one that comes back in that family', async () => {
    const world = paris(flatly(), aService('hello', port(80)));
    await reconcile(world);
    world.families.refused(
      new ApiError('spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster', {
        status: 422,
      }),
    );
    paris(world, aService('hello', port(80), six));
    world.written();
    await reconcile(world);
    await world.clock.advance(triedAgainAfter);
    assert.deepEqual(await reconcile(world), { requeueAfter: triedAgainAfter });
    assert.deepEqual(world.written(), []);
  });

  it('makes it anew where nothing is known against that, and says so', async () => {
    const world = paris(flatly(), aService('hello', port(80)));
    await reconcile(world);
    paris(world, aService('hello', port(80), six));
    world.written();
    await reconcile(world);
    await reconcile(world);
    assert.deepEqual(world.written(), ['remove services default/hello', 'create services default/hello']);
    assert.deepEqual(world.told, ['Normal ServiceReplaced']);
  });
});
