import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { automatic, key, london, made, reconcile, source, web } from '../../../test/gen/automatic.js';
import { type FakeCluster } from '../../../test/gen/cluster.js';
import { aMirror, aService, inNamespace, named, of, ownedBy } from '../../../test/gen/gen.js';
import type { Link } from '../../api/link.js';
import { ApiError } from '../../runtime/errors.js';
import { reconcileAutomatic } from './automatic.js';

describe('reconcileAutomatic()', () => {
  it('makes a mirror of a Service, and then writes nothing', async () => {
    const fake = london([web]);
    await reconcile(fake);
    assert.deepEqual(fake.written(), ['create servicemirrors default/web-paris']);
    const mirror = fake.caches.mirrors.get('default/web-paris');
    assert.equal(mirror?.metadata.ownerReferences?.[0]?.uid, automatic().metadata.uid);
    await reconcile(fake);
    assert.deepEqual(fake.written(), []);
  });

  it('removes the mirror of a Service that is gone', async () => {
    const fake = london([], made());
    await reconcile(fake);
    assert.deepEqual(fake.written(), ['remove servicemirrors default/web-paris']);
  });

  it('removes nothing, and makes nothing, before the cluster is read', async () => {
    for (const there of [[], [web]]) {
      const fake = london(there, ...(there.length === 0 ? [made()] : []));
      fake.remotes.clusters.get('paris')!.synced = false;
      await reconcile(fake);
      fake.remotes.clusters.clear();
      await reconcile(fake);
      assert.deepEqual(fake.written(), []);
    }
  });

  it('leaves a mirror that somebody wrote, and says that its name is taken', async () => {
    const fake = london([web], aMirror('web-paris', of('paris', 'default/web')));
    await reconcile(fake);
    assert.deepEqual(fake.written(), []);
    assert.deepEqual(fake.unmade.counts('paris'), { NameConflict: 1 });
    assert.deepEqual(fake.told, ['Warning NameConflict']);
    assert.deepEqual(fake.unmade.waitingFor('default/web-paris'), [key]);
  });

  it('gives way to a mirror that somebody writes later', async () => {
    const fake = london([web], made(), aMirror('mine', named('web-paris')));
    await reconcile(fake);
    assert.deepEqual(fake.written(), ['remove servicemirrors default/web-paris']);
  });

  it('moves a mirror to its new name, and the old one goes when the new one is there', async () => {
    const fake = london([web], made('old'));
    await reconcile(fake);
    assert.deepEqual(fake.written(), [
      'create servicemirrors default/web-paris',
      'remove servicemirrors default/old',
    ]);
  });

  it('mends a mirror whose spec somebody has changed, and keeps it', async () => {
    for (const changed of [of('paris', 'default/else'), of('lyon', 'default/web')]) {
      const fake = london([web], made('web-paris', automatic(), changed));
      await reconcile(fake);
      assert.deepEqual(fake.written(), ['patch servicemirrors default/web-paris']);
      assert.deepEqual(fake.caches.mirrors.get('default/web-paris')?.spec.service.name, 'web');
    }
  });

  it('makes mirrors of a Service that is selected in turns ever more rarely, and says so', async () => {
    const fake = london([web]);
    const reconciling = reconcileAutomatic(fake);
    const turn = async () => {
      const again = await reconciling(key);
      const count = fake.written().length;
      const mirror = fake.caches.mirrors.get('default/web-paris');
      if (mirror !== undefined) fake.drop(mirror);
      return again ?? count;
    };
    const turns = [];
    for (let n = 0; n < 6; n++) turns.push(await turn());
    assert.deepEqual(turns, [1, 1, 1, 1, 1, { requeueAfter: 30_000 }]);
    assert.deepEqual(fake.unmade.counts('paris'), { Flapping: 1 });
    assert.deepEqual(fake.told, ['Warning Flapping']);
    await fake.clock.advance(30_000);
    assert.deepEqual([await turn(), await turn()], [1, { requeueAfter: 30_000 }]);
  });

  it('leaves what is written in another namespace, and what is being deleted, whatever owner it names', async () => {
    const other = aMirror(
      'forged',
      ...[of('paris', 'default/web'), inNamespace('shop'), ownedBy(automatic()), source('default/web')],
    );
    const earlier = automatic({}, ({ metadata }) => {
      metadata.uid = 'uid-earlier';
    });
    const going = made('going', earlier, ({ metadata }) => {
      metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
    });
    const fake = london([web], other, going);
    await reconcile(fake);
    assert.deepEqual(fake.written(), ['create servicemirrors default/web-paris']);
  });

  it('removes the mirror of a Service that the Link does not select, as an earlier selector may have', async () => {
    const fake = london([aService('web')], made());
    await reconcile(fake);
    assert.deepEqual(fake.written(), ['remove servicemirrors default/web-paris']);
  });

  it('removes what the Link made when it is automatic no more, and what is left of an earlier Link', async () => {
    const off = london([web], made(), aMirror('mine', of('paris', 'default/web')));
    off.put(automatic({ automatic: false }));
    const live = { get: async () => ({ uid: automatic().metadata.uid, automatic: false, federated: false }) };
    await reconcileAutomatic({ ...off, live })(key);
    assert.deepEqual(off.written(), ['remove servicemirrors default/web-paris']);

    const gone = london([web], made(), aMirror('mine', of('paris', 'default/web')));
    gone.drop(automatic());
    await reconcile(gone);
    assert.deepEqual(gone.written(), ['remove servicemirrors default/web-paris']);

    const earlier = automatic({}, ({ metadata }) => {
      metadata.uid = 'uid-earlier';
    });
    const again = london([web], made('web-paris', earlier));
    await reconcile(again);
    assert.deepEqual(again.written(), ['remove servicemirrors default/web-paris']);
    await reconcile(again);
    assert.deepEqual(again.written(), ['create servicemirrors default/web-paris']);
  });

  it('removes nothing because of what only the cache of Links says', async () => {
    const live = { get: async () => ({ uid: automatic().metadata.uid, automatic: true, federated: false }) };
    for (const change of [
      (fake: FakeCluster) => fake.drop(automatic()),
      (fake: FakeCluster) => fake.put(automatic({ automatic: false })),
    ]) {
      const fake = london([web], made());
      change(fake);
      assert.deepEqual(await reconcileAutomatic({ ...fake, live })(key), { requeueAfter: 1_000 });
      assert.deepEqual(fake.written(), []);
    }
  });

  it('decides nothing over a Link that is not sound', async () => {
    const fake = london([], made());
    const wrong = automatic({}, (link) => {
      link.spec.clusterDomain = '-';
    });
    // as an older schema let it in
    const bare = { ...automatic(), spec: undefined } as unknown as Link;
    for (const link of [wrong, bare]) {
      fake.put(link);
      await reconcile(fake);
      assert.deepEqual(fake.written(), []);
    }
  });

  it('keeps mirrors that would all go at once, and looks again when their time is over', async () => {
    const names = Array.from({ length: 11 }, (_, n) => `web-${n}`);
    const all = names.map((name) =>
      aMirror(
        `${name}-paris`,
        ...[of('paris', `default/${name}`), named(`${name}-paris`), ownedBy(automatic())],
        source(`default/${name}`),
        (mirror) => {
          mirror.status = { service: { name: mirror.metadata.name } };
        },
      ),
    );
    const fake = london([], ...all);
    for (const name of names)
      assert.deepEqual(await reconcile(fake, `paris|default/${name}`), { requeueAfter: 600_000 });
    assert.deepEqual(fake.written(), []);
    assert.equal(fake.importsOf(automatic()).counts?.held, 11);
    await fake.clock.advance(600_000);
    for (const name of names) await reconcile(fake, `paris|default/${name}`);
    assert.equal(fake.written().length, 11);
  });

  it('tells a refusal of our own API server once, on the Link', async () => {
    const fake = london([web]);
    fake.kube.beforeWrite = () => {
      throw new ApiError('exceeded quota', { status: 403, reason: 'Forbidden' });
    };
    assert.deepEqual(await reconcile(fake), { requeueAfter: 5_000 });
    assert.deepEqual(fake.told, ['Warning WriteRefused']);
    assert.deepEqual(fake.unmade.counts('paris'), { WriteRefused: 1 });
    await reconcile(fake);
    assert.deepEqual(fake.told, ['Warning WriteRefused']);
  });
});
