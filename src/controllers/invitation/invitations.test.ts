import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { aFakeCluster } from '../../../test/gen/cluster.js';
import { aLink } from '../../../test/gen/gen.js';
import { anInvitation, aRedemption } from '../../../test/gen/invitations.js';
import { aCluster, type ClusterPki } from '../../../test/gen/pki.js';
import { conditionOf } from '../../api/conditions.js';
import type { KubeObject } from '../../api/objects.js';
import { silent } from '../../runtime/log.js';
import { reconcileInvitation } from './invitations.js';

const name = 'london-4f2a9c1e';
let peer: ClusterPki;
before(async () => {
  peer = await aCluster('berlin');
});

const redeemed = () => {
  const redemption = aRedemption(peer.authority.cert, { cluster: 'berlin', uid: 'uid-berlin' });
  return anInvitation({}, { redemption });
};

function setUp(...objects: KubeObject[]) {
  const fake = aFakeCluster(...objects);
  const start = () => {
    const reconcile = reconcileInvitation({ ...fake, log: silent });
    return () => reconcile(name);
  };
  return {
    ...{ fake, start, run: start() },
    ready: () => conditionOf(fake.caches.invitations.get(name), 'Ready'),
    written: () => fake.written().map((write) => write.split(' ').slice(0, 2).join(' ')),
  };
}

describe('reconcileInvitation()', () => {
  test('says that an invitation is open, and writes nothing again', async () => {
    const { run, ready, written, fake } = setUp(anInvitation());
    const outcome = await run();
    assert.equal(ready()?.reason, 'Open');
    assert.ok(outcome !== undefined && outcome.requeueAfter <= 15 * 60_000);
    assert.deepEqual(written(), ['status invitations']);
    await run();
    assert.deepEqual(written(), []);
    assert.deepEqual(fake.told, ['Normal Open']);
  });

  test('makes the Link of a redeemed one, and tells so on both', async () => {
    const { run, start, ready, written, fake } = setUp(redeemed());
    await run();
    assert.deepEqual(written(), ['create links', 'status invitations']);
    const link = fake.caches.links.get('london');
    assert.equal(link?.spec.peer?.cluster, 'berlin');
    assert.equal(ready()?.status, 'True');
    assert.equal(fake.caches.invitations.get(name)?.status?.link?.uid, link.metadata.uid);
    assert.deepEqual(fake.told, ['Normal Linked', 'Normal Linked']);
    await start()();
    assert.deepEqual(written(), []);
  });

  test('finishes what it was stopped in', async () => {
    const { run, ready, written, fake } = setUp(redeemed());
    fake.kube.beforeWrite = (write) => {
      if (write.startsWith('status')) throw new Error('stopped');
    };
    await assert.rejects(run());
    fake.kube.beforeWrite = () => {};
    await run();
    assert.deepEqual(written(), ['create links', 'status invitations']);
    assert.equal(ready()?.reason, 'Linked');
  });

  test('leaves a Link alone that is there', async () => {
    const there = aLink('london');
    const { run, ready, written, fake } = setUp(redeemed(), there);
    await run();
    assert.deepEqual(written(), ['status invitations']);
    assert.equal(ready()?.reason, 'NameConflict');
    assert.deepEqual(fake.told, ['Warning NameConflict']);
    assert.equal(fake.caches.links.get('london')?.metadata.uid, there.metadata.uid);
    fake.drop(there);
    await run();
    assert.equal(ready()?.reason, 'Linked');
  });

  test('forgets the hash of one that is over, keeps it for a day, and removes it', async () => {
    const { run, written, fake } = setUp(anInvitation());
    await fake.clock.advance(15 * 60_000);
    await run();
    assert.deepEqual(written(), ['status invitations', 'patch invitations']);
    assert.equal(fake.caches.invitations.get(name)?.spec.secretHash, undefined);
    await run();
    assert.deepEqual(written(), []);
    await fake.clock.advance(24 * 3600_000);
    await run();
    assert.deepEqual(written(), ['remove invitations']);
    await run();
    assert.deepEqual(written(), []);
  });
});
