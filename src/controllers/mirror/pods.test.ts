import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aRemote, aFakeCluster, type FakeCluster } from '../../../test/gen/cluster.js';
import {
  aLink,
  aMirror,
  aNamespace,
  aService,
  named,
  of,
  over,
  ownedBy,
  port,
} from '../../../test/gen/gen.js';
import { aHeadless, aPodSlice, type PodAt } from '../../../test/gen/pods.js';
import type { KubeObject } from '../../api/objects.js';
import { ApiError } from '../../runtime/errors.js';
import { reconcilePods } from './pods.js';

const parent = aMirror('db', of('paris', 'default/db'), named('db-paris'));
const local = aHeadless('db-paris', port(5432, { name: 'db' }), ownedBy(parent));
const key = 'default/db';
const remote = aHeadless('db', port(5432, { name: 'db' }));
const pods = (count: number): PodAt[] =>
  Array.from({ length: count }, (_, at) => [`db-${at}`, `10.1.0.${at + 1}`]);

function london(count: number, ...objects: KubeObject[]) {
  const fake = aFakeCluster(parent, aLink(), aNamespace(), local, ...objects);
  const reconcile = reconcilePods(fake);
  const scale = (to: readonly PodAt[], service = remote) =>
    fake.remotes.clusters.set('paris', aRemote({ services: [service], slices: [aPodSlice('db', to)] }));
  scale(pods(count));
  return { fake, scale, run: () => reconcile(key) };
}

const mirrors = (fake: FakeCluster) =>
  fake.names('mirrors').filter((name) => name !== 'db' && name !== 'default/db');
const make = (...names: string[]) => names.map((name) => `create servicemirrors default/${name}`);
const removal = (...names: string[]) => names.map((name) => `remove servicemirrors default/${name}`);

describe('reconcilePods()', () => {
  it('makes a mirror for each pod, which the headless mirror owns, and then writes nothing', async () => {
    const { fake, run } = london(2);
    await run();
    assert.deepEqual(fake.written().toSorted(), make('db-paris-db-0', 'db-paris-db-1'));
    const { metadata, spec } = fake.caches.mirrors.get('default/db-paris-db-0')!;
    assert.deepEqual(spec, {
      ...{ cluster: 'paris', name: 'db-paris-db-0' },
      service: { name: 'db', namespace: 'default', hostname: 'db-0' },
    });
    assert.equal(metadata.ownerReferences?.[0]?.uid, parent.metadata.uid);
    assert.equal(await run(), undefined);
    assert.deepEqual(fake.written(), []);
  });

  it('makes none anew for a parent that is gone, as the API server says and the cache does not yet', async () => {
    const { fake, run } = london(1);
    await run();
    fake.drop(fake.caches.mirrors.get('default/db-paris-db-0')!);
    fake.written();
    const get = fake.kube.get.bind(fake.kube);
    fake.kube.get = () => Promise.reject(new ApiError('gone', { status: 404, reason: 'NotFound' }));
    fake.liveMirrors.suspect(key);
    await run();
    assert.deepEqual(fake.written(), []);
    fake.kube.get = get;
    await run();
    assert.deepEqual(fake.written(), make('db-paris-db-0'));
  });

  it('keeps the mirror of a pod that comes back within a minute, and removes that of one that does not', async () => {
    const { fake, scale, run } = london(3);
    await run();
    fake.written();
    scale(pods(1));
    assert.deepEqual(await run(), { requeueAfter: 60_000 });
    await fake.clock.advance(59_000);
    scale(pods(2));
    assert.deepEqual(await run(), { requeueAfter: 1_000 });
    assert.deepEqual(fake.written(), []);
    await fake.clock.advance(1_000);
    await run();
    assert.deepEqual(fake.written(), removal('db-paris-db-2'));
    scale(pods(0));
    await run();
    await fake.clock.advance(60_000);
    await run();
    assert.deepEqual(mirrors(fake), []);
  });

  it('removes nothing because of what it cannot see', async () => {
    const { fake, scale, run } = london(2);
    await run();
    fake.written();
    scale([]);
    fake.remotes.clusters.get('paris')!.synced = false;
    for (let minute = 0; minute < 3; minute++) {
      await run();
      await fake.clock.advance(60_000);
    }
    assert.deepEqual(fake.written(), []);
  });

  it('removes nothing because of a Link that is gone or not sound', async () => {
    const { fake, run } = london(2);
    await run();
    fake.written();
    fake.put(aLink('paris', over('linkerd')));
    await run();
    fake.drop(aLink());
    await run();
    assert.deepEqual(fake.written(), []);
  });

  it('removes all when the remote service has a cluster IP, or the network is flat', async () => {
    const { fake, run } = london(2);
    await run();
    fake.written();
    fake.remotes.clusters.set('paris', aRemote({ services: [aService('db', port(5432))] }));
    await run();
    assert.deepEqual(fake.written().toSorted(), removal('db-paris-db-0', 'db-paris-db-1'));
    const other = london(2);
    await other.run();
    other.fake.written();
    other.fake.put(aLink('paris', over('flat')));
    await other.run();
    assert.equal(other.fake.written().length, 2);
  });

  it('removes what a mirror that is gone has left, and asks the API server first', async () => {
    const { fake, run } = london(2);
    await run();
    fake.drop(parent);
    fake.written();
    await run();
    assert.deepEqual(fake.written().toSorted(), removal('db-paris-db-0', 'db-paris-db-1'));
  });

  it('never overwrites a mirror that somebody else has made, makes the others, and looks again', async () => {
    const foreign = aMirror('db-paris-db-0', of('paris', 'default/web'));
    const { fake, run } = london(2, foreign);
    assert.deepEqual(await run(), { requeueAfter: 5_000 });
    assert.deepEqual(fake.written(), make('db-paris-db-1'));
    fake.drop(foreign);
    assert.equal(await run(), undefined);
    assert.deepEqual(fake.written(), make('db-paris-db-0'));
  });

  it('mends a mirror that somebody has changed', async () => {
    const { fake, run } = london(1);
    await run();
    fake.written();
    const made = fake.caches.mirrors.get('default/db-paris-db-0')!;
    fake.put({ ...made, spec: { ...made.spec, service: { name: 'web' } } } as typeof made);
    await run();
    assert.deepEqual(fake.written(), ['patch servicemirrors default/db-paris-db-0']);
  });

  it('makes no more than 256, also when names come and go, and few of them a second', async () => {
    const { fake, scale, run } = london(0);
    const many = (from: number) =>
      Array.from({ length: 300 }, (_, at): PodAt => [`x-${from + at}`, '10.1.0.1']);
    scale(many(0));
    await run();
    assert.equal(mirrors(fake).length, 256);
    fake.written();
    scale(many(1_000));
    const again = await run();
    assert.ok(again !== undefined && again.requeueAfter <= 1_000);
    assert.equal(fake.written().filter((write) => write.startsWith('create')).length, 300 - 256);
    assert.ok(mirrors(fake).length <= 256);
  });

  it('tells a refusal of our own API server once', async () => {
    const { fake, run } = london(1);
    fake.kube.beforeWrite = () => {
      throw new ApiError('exceeded quota', { status: 403, reason: 'Forbidden' });
    };
    for (let turn = 0; turn < 2; turn++) assert.equal((await run())?.requeueAfter, 5_000);
    assert.deepEqual(fake.told, ['Warning WriteRefused']);
  });
});
