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
  withStatus,
} from '../../../test/gen/gen.js';
import { keys, managedBy } from '../../api/names.js';
import type { KubeObject, Service } from '../../api/objects.js';
import { ApiError } from '../../runtime/errors.js';
import { reconcileFederated } from './federated.js';

const key = '|default/web';
const member = labelled({ [keys.federated]: 'member' });
const web = aService('web', member);
const link = (name: string) => aLink(name, importing({ federated: {} }));
const made = (service: string, ...clusters: string[]) =>
  aMirror(
    `${service}-federated`,
    ...[named(`${service}-federated`), ofClusters(...clusters), labelled({ [keys.managedBy]: managedBy })],
    ...[
      annotated({ [keys.federatedService]: service }),
      withStatus({ service: { name: `${service}-federated` } }),
    ],
    ({ spec }) => {
      spec.service = { name: service, namespace: 'default' };
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

  it('waits for a cluster that is being read, for ten seconds after a start', async () => {
    const fake = london({ paris: [web], lyon: [web] });
    const lyon = fake.remotes.clusters.get('lyon')!;
    lyon.synced = false;
    const reconcile = reconcileFederated(fake);
    assert.deepEqual(await reconcile(key), { requeueAfter: 1_000 });
    assert.deepEqual(fake.written(), []);
    lyon.synced = true;
    await reconcile(key);
    assert.deepEqual(fake.written(), ['create servicemirrors default/web-federated']);

    const later = london({ paris: [web], lyon: [web] });
    later.remotes.clusters.get('lyon')!.synced = false;
    const patient = reconcileFederated(later);
    await patient(key);
    await later.clock.advance(10_000);
    await patient(key);
    assert.deepEqual(clustersOf(later), ['paris']);

    const away = london({ paris: [web], lyon: [web] });
    const problem = { since: 0 } as never;
    Object.assign(away.remotes.clusters.get('lyon')!, { synced: false, problem });
    await reconcileFederated(away)(key);
    assert.deepEqual(clustersOf(away), ['paris']);
  });

  it('follows members that join and leave, by one write each', async () => {
    const fake = london({ paris: [web], lyon: [] }, made('web', 'paris'));
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
    const fake = london({ paris: [] }, made('web', 'paris'));
    await reconcile(fake);
    assert.deepEqual(fake.written(), ['remove servicemirrors default/web-federated']);
  });

  it('keeps the places of a cluster whose members have all gone at once, until its Link lets them go', async () => {
    const all = Array.from({ length: 11 }, (_, n) => `web-${n}`);
    const fake = london({ paris: [], lyon: [] }, ...all.map((name) => made(name, 'paris')));
    fake.put(made('web', 'paris', 'lyon'));
    const reconcile = reconcileFederated(fake);
    const wait = { requeueAfter: 10 * 60_000 };
    for (const name of all) assert.deepEqual(await reconcile(`|default/${name}`), wait);
    // the other cluster has lost one member, which is not much
    await reconcile(key);
    assert.deepEqual(clustersOf(fake), ['paris']);
    assert.deepEqual(fake.written(), ['patch servicemirrors default/web-federated']);
    const { counts, held } = fake.importsOf(link('paris'));
    assert.deepEqual([counts?.display, counts?.held], ['12/12', 12]);
    assert.match(held ?? '', /^12 of 12 federated mirrors are kept/);

    const until = new Date(fake.clock.now() + 60_000).toISOString();
    fake.put(aLink('paris', importing({ federated: {} }), annotated({ [keys.allowDeletionsUntil]: until })));
    for (const name of [...all, 'web']) await reconcile(`|default/${name}`);
    assert.deepEqual(fake.names('mirrors'), []);
    assert.deepEqual(fake.importsOf(link('paris')), {
      counts: { ...counts, mirrors: 0, held: 0, display: '0/0' },
    });
  });

  it('keeps nothing any more when the members are back', async () => {
    const all = Array.from({ length: 11 }, (_, n) => `web-${n}`);
    const fake = london({ paris: [] }, ...all.map((name) => made(name, 'paris')));
    const reconcile = reconcileFederated(fake);
    for (const name of all) await reconcile(`|default/${name}`);
    assert.equal(fake.importsOf(link('paris')).counts?.held, 11);
    fake.remotes.clusters.get('paris')!.services = all.map((name) => aService(name, member));
    for (const name of all) assert.equal(await reconcile(`|default/${name}`), undefined);
    assert.equal(fake.importsOf(link('paris')).held, undefined);
    assert.deepEqual(fake.written(), []);
  });

  it('counts on each Link the members that have no mirror, and why', async () => {
    const theirs = aMirror('web-federated', of('paris', 'default/web'));
    const fake = london({ paris: [web], lyon: [web], berlin: [] }, theirs);
    await reconcile(fake);
    for (const name of ['paris', 'lyon'])
      assert.equal(fake.importsOf(link(name)).counts?.reasons, 'NameConflict 1');
    assert.equal(fake.importsOf(link('berlin')).counts?.display, '0/0');
    assert.deepEqual(fake.told, ['Warning NameConflict']);
    fake.put(aLink('lyon'));
    fake.drop(theirs);
    await reconcile(fake);
    assert.equal(fake.importsOf(link('paris')).counts?.display, '1/1');
    assert.deepEqual(fake.unmade.of('lyon'), []);
  });

  it('keeps the members of a cluster that cannot be seen', async () => {
    const fake = london({ paris: [], lyon: [web] }, made('web', 'paris', 'lyon'));
    fake.remotes.clusters.get('paris')!.synced = false;
    await reconcile(fake);
    fake.remotes.clusters.delete('paris');
    await reconcile(fake);
    fake.remotes.clusters.clear();
    await reconcile(fake);
    assert.deepEqual(fake.written(), []);
  });

  it('lets a Link leave that is gone, or federates no more, if the API server says so, too', async () => {
    const gone = london({ lyon: [web] }, made('web', 'paris', 'lyon'));
    await reconcile(gone);
    assert.deepEqual(clustersOf(gone), ['lyon']);

    const last = london({}, made('web', 'paris'));
    await reconcile(last);
    assert.deepEqual(last.written(), ['remove servicemirrors default/web-federated']);

    const lagging = london({}, made('web', 'paris'));
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

    const later = london({ paris: [web] }, made('web', 'paris'), aMirror('mine', named('web-federated')));
    await reconcile(later);
    assert.deepEqual(later.written(), ['remove servicemirrors default/web-federated']);
  });

  it('leaves a mirror over which somebody has applied a manifest', async () => {
    const applied = made('web', 'lyon');
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
      Object.assign(mirror, structuredClone(made('web', 'paris')));
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
