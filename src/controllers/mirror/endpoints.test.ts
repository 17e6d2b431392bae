import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  aLink,
  aMirror,
  aNamespace,
  aReport,
  aService,
  aSlice,
  anEgressPod,
  endpoint,
  holding,
  labelled,
  metadata,
  ownedBy,
  port,
  slice,
  someFacts,
} from '../../../test/gen/gen.js';
import { aRemote, aFakeCluster, type FakeCluster } from '../../../test/gen/cluster.js';
import { keys, managedBy } from '../../api/names.js';
import { serviceIdOf } from '../../protocol/serviceid.js';
import { ApiError } from '../../runtime/errors.js';
import { reconcileEndpoints } from './endpoints.js';

const mirror = aMirror('hello-mirror', holding({ 80: 10_000 }));
const local = aService('hello', port(80), ownedBy(mirror));
const key = 'default/hello-mirror';
const serviceId = serviceIdOf({ namespace: 'default', name: 'hello', port: 80 });
const pod = (name: string, ip: string, more: object = {}) =>
  anEgressPod(name, { addresses: [ip], routes: { 10000: serviceId }, report: aReport([serviceId]), ...more });

function walkthrough(...pods: ReturnType<typeof pod>[]): FakeCluster {
  const fake = aFakeCluster(mirror, aLink(), aNamespace(), local);
  fake.remotes.clusters.set(
    'paris',
    aRemote({ services: [aService('hello', port(80))], slices: [aSlice('hello', endpoint('10.9.0.1'))] }),
  );
  fake.gateways = someFacts(pods.length === 0 ? [pod('a', '10.1.0.1')] : pods);
  return fake;
}

const reconcile = (fake: FakeCluster) => reconcileEndpoints(fake)(key);
const shown = (fake: FakeCluster) =>
  fake.caches.slices
    .list()
    .map(
      ({ metadata: { name }, endpoints }) =>
        `${name}: ${(endpoints ?? []).map(({ addresses, conditions }) => `${conditions?.ready === false ? '!' : ''}${addresses.join()}`).join(' ')}`,
    )
    .toSorted();

describe('reconcileEndpoints()', () => {
  it('writes slices of gateway addresses, and nothing when it looks again', async () => {
    const fake = walkthrough();
    await reconcile(fake);
    assert.deepEqual(shown(fake), ['hello-mirror-ipv4-0: 10.1.0.1']);
    assert.deepEqual(fake.written(), ['create endpointslices default/hello-mirror-ipv4-0']);
    await reconcile(fake);
    await reconcile(fake.restarted());
    assert.deepEqual(fake.written(), []);
  });

  it('makes none anew for a mirror that is gone, as the API server says and the cache does not yet', async () => {
    const fake = walkthrough();
    await reconcile(fake);
    for (const made of fake.caches.slices.list()) fake.drop(made);
    fake.written();
    const get = fake.kube.get.bind(fake.kube);
    fake.kube.get = () => Promise.reject(new ApiError('gone', { status: 404, reason: 'NotFound' }));
    fake.liveMirrors.suspect(key);
    await reconcile(fake);
    assert.deepEqual(fake.written(), []);
    fake.kube.get = get;
    await reconcile(fake);
    assert.deepEqual(fake.written(), ['create endpointslices default/hello-mirror-ipv4-0']);
  });

  it('writes none without a Service, or for one that is not ours', async () => {
    for (const other of [undefined, aService('hello', port(80))]) {
      const fake = walkthrough();
      fake.drop(local);
      if (other !== undefined) fake.put(other);
      await reconcile(fake);
      assert.deepEqual(fake.written(), []);
    }
  });

  it('takes out surplus slices before it changes others', async () => {
    const fake = walkthrough(pod('a', '10.1.0.1'), pod('b', 'fd00::1'));
    await reconcile(fake);
    fake.written();
    fake.gateways = someFacts([pod('a', '10.1.0.9')]);
    await reconcile(fake);
    assert.deepEqual(fake.written(), [
      'remove endpointslices default/hello-mirror-ipv6-0',
      'patch endpointslices default/hello-mirror-ipv4-0',
    ]);
  });

  it('repairs what somebody has edited or deleted', async () => {
    const fake = walkthrough();
    await reconcile(fake);
    const [made] = fake.caches.slices.list();
    assert.ok(made);
    fake.put({ ...made, endpoints: [{ addresses: ['10.66.6.6'] }] } as typeof made);
    await reconcile(fake);
    assert.deepEqual(shown(fake), ['hello-mirror-ipv4-0: 10.1.0.1']);
    fake.drop(made);
    await reconcile(fake);
    assert.deepEqual(shown(fake), ['hello-mirror-ipv4-0: 10.1.0.1']);
  });

  const losses: Record<string, { lose: (fake: FakeCluster) => void; are: string }> = {
    'keeps them while contact is lost': {
      lose: (fake) =>
        void fake.remotes.clusters.set(
          'paris',
          aRemote({ synced: false, problem: { error: undefined, since: 0 } }),
        ),
      are: '10.1.0.1',
    },
    'keeps them before anybody has connected': {
      lose: (fake) => void fake.remotes.clusters.clear(),
      are: '10.1.0.1',
    },
    'keeps them until all egress gateways were asked': {
      lose: (fake) => void (fake.gateways = { egress: { complete: false, pods: [] } }),
      are: '10.1.0.1',
    },
    'turns them not ready when the remote service goes': {
      lose: (fake) => void fake.remotes.clusters.set('paris', aRemote()),
      are: '!10.1.0.1',
    },
    'turns them not ready when the Link goes': { lose: (fake) => fake.drop(aLink()), are: '!10.1.0.1' },
    'turns them not ready when the gateway does not answer': {
      lose: (fake) => {
        const report = aReport([serviceId], { healthy: false, reason: 'ProbeFailed' });
        fake.gateways = someFacts([pod('a', '10.1.0.1', { report })]);
      },
      are: '!10.1.0.1',
    },
  };
  for (const [sentence, { lose, are }] of Object.entries(losses)) {
    it(sentence, async () => {
      const fake = walkthrough();
      await reconcile(fake);
      lose(fake);
      await reconcile(fake);
      assert.deepEqual(shown(fake), [`hello-mirror-ipv4-0: ${are}`]);
      fake.written();
      await reconcile(fake);
      assert.deepEqual(fake.written(), []);
    });
  }

  it('goes on while blind after a restart: a gateway pod that is replaced leaves, the new one comes', async () => {
    const fake = walkthrough();
    await reconcile(fake);
    fake.remotes.clusters.set('paris', aRemote({ synced: false, problem: { error: undefined, since: 0 } }));
    const status = { endpoints: { ready: 1, total: 1, display: '1/1' } };
    fake.put(
      aMirror('hello-mirror', holding({ 80: 10_000 }), (draft) => Object.assign(draft.status ?? {}, status)),
    );
    const next = fake.restarted();
    next.gateways = someFacts([pod('b', '10.1.0.2')]);
    await reconcile(next);
    assert.deepEqual(shown(next), ['hello-mirror-ipv4-0: 10.1.0.2']);
  });

  it('removes the slices of a mirror that is gone', async () => {
    const fake = walkthrough();
    await reconcile(fake);
    fake.drop(mirror);
    await reconcile(fake);
    assert.deepEqual(shown(fake), []);
  });

  it('removes slices of an earlier Service of that name, whose names it needs', async () => {
    const earlier = aService('hello', metadata({ uid: 'earlier' }));
    const ours = labelled({ [keys.sliceManagedBy]: managedBy });
    const fake = walkthrough();
    fake.put(aSlice('hello', slice('hello-mirror-ipv4-0'), ours, ownedBy(earlier), endpoint('10.1.0.7')));
    await reconcile(fake);
    assert.deepEqual(shown(fake), ['hello-mirror-ipv4-0: 10.1.0.1']);
    assert.equal(fake.caches.slices.list()[0]?.metadata.ownerReferences?.[0]?.uid, local.metadata.uid);
  });

  it('takes our slices away from a Service of somebody else that has taken the name', async () => {
    const earlier = aService('hello', metadata({ uid: 'earlier' }));
    const fake = walkthrough();
    fake.drop(local);
    fake.put(aService('hello', port(80)), aSlice('hello', ownedBy(earlier), endpoint('10.1.0.7')));
    await reconcile(fake);
    assert.deepEqual(shown(fake), []);
  });
});
