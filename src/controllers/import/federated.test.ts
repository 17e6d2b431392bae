import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aFakeCluster, aRemote, type FakeCluster } from '../../../test/gen/cluster.js';
import {
  aLink,
  aMirror,
  aNamespace,
  aService,
  annotated,
  importing,
  labelled,
  named,
  of,
  ofClusters,
} from '../../../test/gen/gen.js';
import { keys, managedBy } from '../../api/names.js';
import type { KubeObject, Service } from '../../api/objects.js';
import { ApiError } from '../../runtime/errors.js';
import { reconcileFederated } from './federated.js';

const key = '|default/web';
const member = labelled({ [keys.federated]: 'member' });
const web = aService('web', member);
const link = (name: string) => aLink(name, importing({ federated: {} }));
const made = (...clusters: string[]) =>
  aMirror(
    'web-federated',
    ...[named('web-federated'), ofClusters(...clusters), labelled({ [keys.managedBy]: managedBy })],
    annotated({ [keys.federatedService]: 'web' }),
    ({ spec }) => {
      spec.service = { name: 'web', namespace: 'default' };
    },
  );

/** London, and Links that federate to clusters that have these Services. */
function london(there: Readonly<Record<string, readonly Readonly<Service>[]>>, ...objects: KubeObject[]) {
  const fake = aFakeCluster(aNamespace(), ...Object.keys(there).map(link), ...objects);
  for (const [name, services] of Object.entries(there))
    fake.remotes.clusters.set(name, aRemote({ services }));
  return fake;
}
const reconcile = (fake: FakeCluster) => reconcileFederated(fake)(key);
const clustersOf = (fake: FakeCluster) =>
  fake.caches.mirrors.get('default/web-federated')?.spec.clusters?.map(({ name }) => name);

describe('reconcileFederated()', () => {
  it('makes a mirror of all that have a member, and then writes nothing', async () => {
    const fake = london({ paris: [web], lyon: [web], berlin: [] }, web);
    await reconcile(fake);
    assert.deepEqual(fake.written(), ['create servicemirrors default/web-federated']);
    assert.deepEqual(clustersOf(fake), ['local', 'lyon', 'paris']);
    assert.equal(fake.caches.mirrors.get('default/web-federated')?.metadata.ownerReferences, undefined);
    await reconcile(fake);
    assert.deepEqual(fake.written(), []);
  });

  it('follows members that join and leave, by one write each', async () => {
    const fake = london({ paris: [web], lyon: [] }, made('paris'));
    fake.remotes.clusters.get('lyon')!.services = [web];
    await reconcile(fake);
    assert.deepEqual(clustersOf(fake), ['paris', 'lyon']);
    fake.remotes.clusters.get('paris')!.services = [aService('web')];
    await reconcile(fake);
    assert.deepEqual(clustersOf(fake), ['lyon']);
    assert.deepEqual(fake.written(), Array(2).fill('patch servicemirrors default/web-federated'));
    assert.deepEqual(fake.told, []);
  });

  it('tells once of a member that its Link keeps out of the namespace', async () => {
    const shut = aLink('lyon', importing({ federated: {}, namespaces: { matchLabels: { team: 'a' } } }));
    const fake = london({ paris: [web] }, shut);
    fake.remotes.clusters.set('lyon', aRemote({ services: [web] }));
    for (let times = 0; times < 2; times++) await reconcile(fake);
    assert.deepEqual(clustersOf(fake), ['paris']);
    assert.deepEqual(fake.told, ['Warning NamespaceNotAllowed']);
  });

  it('removes it when the last member leaves', async () => {
    const fake = london({ paris: [] }, made('paris'));
    await reconcile(fake);
    assert.deepEqual(fake.written(), ['remove servicemirrors default/web-federated']);
  });

  it('keeps the members of a cluster that cannot be seen', async () => {
    const fake = london({ paris: [], lyon: [web] }, made('paris', 'lyon'));
    fake.remotes.clusters.get('paris')!.synced = false;
    await reconcile(fake);
    fake.remotes.clusters.delete('paris');
    await reconcile(fake);
    fake.remotes.clusters.clear();
    await reconcile(fake);
    assert.deepEqual(fake.written(), []);
  });

  it('lets a Link leave that is gone, or federates no more, if the API server says so, too', async () => {
    const gone = london({ lyon: [web] }, made('paris', 'lyon'));
    await reconcile(gone);
    assert.deepEqual(clustersOf(gone), ['lyon']);

    const last = london({}, made('paris'));
    await reconcile(last);
    assert.deepEqual(last.written(), ['remove servicemirrors default/web-federated']);

    const lagging = london({}, made('paris'));
    const live = { get: async () => ({ uid: 'uid-paris', automatic: false, federated: true }) };
    assert.deepEqual(await reconcileFederated({ ...lagging, live })(key), { requeueAfter: 1_000 });
    assert.deepEqual(lagging.written(), []);
  });

  it('leaves what somebody wrote, gives way to it, and says so on a Link', async () => {
    const theirs = aMirror('web-federated', of('paris', 'default/web'));
    const fake = london({ paris: [web] }, theirs);
    await reconcile(fake);
    assert.deepEqual(fake.written(), []);
    assert.deepEqual(fake.told, ['Warning NameConflict']);
    assert.deepEqual(fake.unmade.waitingFor('default/web-federated'), [key]);

    const later = london({ paris: [web] }, made('paris'), aMirror('mine', named('web-federated')));
    await reconcile(later);
    assert.deepEqual(later.written(), ['remove servicemirrors default/web-federated']);
  });

  it('leaves a mirror over which somebody has applied a manifest', async () => {
    const applied = made('lyon');
    const annotations = {
      ...applied.metadata.annotations,
      'kubectl.kubernetes.io/last-applied-configuration': '{}',
    };
    const fake = london({ paris: [web] }, { ...applied, metadata: { ...applied.metadata, annotations } });
    await reconcile(fake);
    assert.deepEqual(fake.written(), ['patch servicemirrors default/web-federated']);
    assert.deepEqual(clustersOf(fake), ['lyon']);
    assert.deepEqual(fake.told, ['Normal Released', 'Warning NameConflict']);
    await reconcile(fake);
    assert.deepEqual(fake.written(), []);
  });

  it('undoes an edit, and says so', async () => {
    const edited = aMirror('web-federated', ...[], (mirror) => {
      Object.assign(mirror, structuredClone(made('paris')));
      mirror.spec.clusters = [{ name: 'paris', weight: 5 }];
    });
    const fake = london({ paris: [web] }, edited);
    await reconcile(fake);
    assert.deepEqual(fake.written(), ['patch servicemirrors default/web-federated']);
    assert.deepEqual(fake.told, ['Warning Undone']);
  });

  it('tells a refusal of our own API server once, on a Link', async () => {
    const fake = london({ paris: [web] });
    fake.kube.beforeWrite = () => {
      throw new ApiError('exceeded quota', { status: 403, reason: 'Forbidden' });
    };
    assert.deepEqual(await reconcile(fake), { requeueAfter: 5_000 });
    await reconcile(fake);
    assert.deepEqual(fake.told, ['Warning WriteRefused']);
  });
});
