import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aLink, aSecret, condition, exportOnly } from '../../../test/gen/gen.js';
import { aFakeCluster, type FakeCluster } from '../../../test/gen/cluster.js';
import { ApiError } from '../../runtime/errors.js';
import { reconcileLink } from './links.js';
import { writeLinkStatus } from './statuswrites.js';

const manager = 'service-mirror-links';
const link = aLink();
const part = (time: string) => ({
  manager,
  status: { conditions: [{ ...condition('Connected'), lastTransitionTime: time }] },
});

function refuse(fake: FakeCluster, status = 422): void {
  fake.kube.beforeWrite = () => {
    throw new ApiError('policy "p" denies it', { status, reason: 'Invalid' });
  };
}

describe('writeLinkStatus()', () => {
  it('tells of a status that is refused once, on the Link, and tries it again ever later', async () => {
    const fake = aFakeCluster(link);
    refuse(fake);
    const waits: unknown[] = [];
    for (const second of ['01', '02', '03']) {
      const again = await writeLinkStatus(link, part(`2026-01-01T00:00:${second}Z`), fake);
      waits.push(again?.requeueAfter);
      await fake.clock.advance(again?.requeueAfter ?? 0);
    }
    assert.deepEqual(waits, [5_000, 10_000, 20_000]);
    assert.deepEqual(fake.told, ['Warning WriteRefused']);
    fake.kube.beforeWrite = () => undefined;
    assert.equal(await writeLinkStatus(link, part('2026-01-01T00:00:04Z'), fake), undefined);
    assert.deepEqual(fake.written(), ['status links paris']);
  });

  it('lets other failures through', async () => {
    const fake = aFakeCluster(link);
    refuse(fake, 500);
    await assert.rejects(() => writeLinkStatus(link, part('2026-01-01T00:00:01Z'), fake), ApiError);
  });
});

describe('reconcileLink() of a Link whose status is refused', () => {
  const signal = new AbortController().signal;

  it('comes back when it may be tried again, whether it imports', async () => {
    const fake = aFakeCluster(link, aSecret('link-paris', { kubeconfig: 'none' }));
    refuse(fake);
    for (let round = 0; round < 3; round += 1)
      assert.deepEqual(await reconcileLink(fake)('paris', signal), { requeueAfter: 5_000 });
    assert.deepEqual(fake.told, ['Warning WriteRefused']);
  });

  it('or only exports', async () => {
    const fake = aFakeCluster(aLink('paris', exportOnly));
    refuse(fake);
    assert.deepEqual(await reconcileLink(fake)('paris', signal), { requeueAfter: 5_000 });
  });
});
