import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  aLink,
  aNamespace,
  aReport,
  aService,
  aSlice,
  anEgressPod,
  endpoint,
  holding,
  labelled,
  metadata,
  port,
  someFacts,
} from '../../../test/gen/gen.js';
import { aFakeCluster, aRemote, type FakeCluster } from '../../../test/gen/cluster.js';
import { aLinkerdService, anAdopter, someLinkerdEndpoints } from '../../../test/gen/linkerdservice.js';
import { keys } from '../../api/names.js';
import { serviceIdOf } from '../../protocol/serviceid.js';
import { ApiError } from '../../runtime/errors.js';
import { reconcileEndpoints } from './endpoints.js';
import { reconcileService } from './services.js';

const mirror = anAdopter(holding({ 80: 10_000 }));
const key = 'default/hello-mirror';
const serviceId = serviceIdOf({ namespace: 'default', name: 'hello', port: 80 });
const pod = anEgressPod('a', {
  ...{ addresses: ['10.1.0.1'], routes: { 10000: serviceId }, report: aReport([serviceId]) },
});

/** London, where Linkerd has mirrored `hello`, whose endpoints are none or one. */
function london(...changes: Parameters<typeof aSlice>[1][]): FakeCluster {
  const fake = aFakeCluster(mirror, aLink(), aNamespace(), aLinkerdService(), someLinkerdEndpoints());
  fake.remotes.clusters.set(
    'paris',
    aRemote({ services: [aService('hello', port(80))], slices: [aSlice('hello', ...changes)] }),
  );
  fake.gateways = someFacts([pod]);
  return fake;
}

const local = (fake: FakeCluster) => fake.caches.services.get('default/hello-paris');

suite('a Service that Linkerd made', () => {
  test("becomes the mirror's, and is written like any other then", async () => {
    const fake = london();
    await reconcileService(fake)(key);
    assert.deepEqual(fake.written(), [
      'patch services default/hello-paris',
      'patch services default/hello-paris',
    ]);
    const { metadata: meta, spec } = local(fake) ?? aService();
    assert.deepEqual([meta.uid, spec.clusterIP], ['uid-linkerds', '10.96.7.7']);
    assert.equal(meta.ownerReferences?.[0]?.uid, mirror.metadata.uid);
    assert.deepEqual(
      Object.keys({ ...meta.labels, ...meta.annotations }).filter((name) =>
        name.startsWith('mirror.linkerd.io/'),
      ),
      [],
    );
    assert.equal(meta.labels?.[keys.serviceMirror], 'hello-mirror');
    assert.deepEqual(fake.told, ['Normal ServiceAdopted']);
    await reconcileService(fake)(key);
    await reconcileService(fake.restarted())(key);
    assert.deepEqual(fake.written(), []);
  });

  test('is left alone when it has changed since', async () => {
    const fake = london();
    fake.kube.beforeWrite = () => {
      throw new ApiError('modified', { status: 409, reason: 'Conflict' });
    };
    await assert.rejects(reconcileService(fake)(key), ApiError);
    assert.equal(local(fake)?.metadata.ownerReferences, undefined);
  });

  test('is tried again later where somebody undoes that', async () => {
    const fake = london();
    const patch = fake.kube.mergePatch.bind(fake.kube);
    fake.kube.mergePatch = async (r, name) => patch(r, name, {});
    assert.deepEqual(await reconcileService(fake)(key), { requeueAfter: 1_000 });
    assert.equal(fake.written().length, 2);
  });
});

suite("Linkerd's Endpoints beside an adopted Service", () => {
  const endpointsOf = (fake: FakeCluster) =>
    fake.kube.get({ plural: 'endpoints' } as never, 'default/hello-paris').then(
      ({ metadata: { uid } }) => uid,
      () => undefined,
    );
  async function adopt(fake: FakeCluster): Promise<void> {
    await reconcileService(fake)(key);
    await reconcileEndpoints(fake)(key);
  }

  test('go once our slices serve', async () => {
    const fake = london(endpoint('10.9.0.1'));
    await adopt(fake);
    assert.deepEqual(fake.written().slice(2), [
      'create endpointslices default/hello-paris-mirror-ipv4-0',
      'remove endpoints default/hello-paris',
    ]);
  });

  test('stay until then', async () => {
    const fake = london();
    await adopt(fake);
    assert.equal(await endpointsOf(fake), 'uid-endpoints');
  });

  test("stay while the Service is not the mirror's", async () => {
    const fake = london(endpoint('10.9.0.1'));
    await reconcileEndpoints(fake)(key);
    assert.equal(await endpointsOf(fake), 'uid-endpoints');
  });

  test('are looked for once', async () => {
    const fake = london(endpoint('10.9.0.1'));
    const reconcile = reconcileEndpoints(fake);
    await reconcileService(fake)(key);
    await reconcile(key);
    fake.put(someLinkerdEndpoints());
    await reconcile(key);
    assert.equal(await endpointsOf(fake), 'uid-endpoints');
  });

  test('are not touched if somebody else wrote them', async () => {
    const fake = london(endpoint('10.9.0.1'));
    fake.put(someLinkerdEndpoints(({ metadata: meta }) => delete meta.labels));
    await adopt(fake);
    assert.equal(await endpointsOf(fake), 'uid-endpoints');
  });

  test('are not touched beside a Service that the mirror made itself', async () => {
    const fake = london(endpoint('10.9.0.1'));
    fake.put(anAdopter(holding({ 80: 10_000 }), metadata({ annotations: {} })));
    fake.put(aLinkerdService(labelled({ x: 'y' }), metadata({ ownerReferences: [ownerOf()] })));
    await reconcileEndpoints(fake)(key);
    assert.equal(await endpointsOf(fake), 'uid-endpoints');
  });

  test('are told of when they cannot be removed', async () => {
    const fake = london(endpoint('10.9.0.1'));
    fake.kube.beforeWrite = (write) => {
      if (write.startsWith('remove')) throw new ApiError('no', { status: 403, reason: 'Forbidden' });
    };
    await reconcileService(fake)(key);
    assert.ok(((await reconcileEndpoints(fake)(key)) ?? { requeueAfter: 0 }).requeueAfter > 0);
    assert.deepEqual(fake.told.slice(1), ['Warning WriteRefused']);
  });

  function ownerOf() {
    const { apiVersion, kind, metadata: meta } = mirror;
    return { apiVersion, kind, name: meta.name, uid: meta.uid ?? '', controller: true };
  }
});
