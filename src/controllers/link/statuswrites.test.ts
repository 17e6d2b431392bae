import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aLink, aSecret, condition, exportOnly } from '../../../test/gen/gen.js';
import { aFakeCluster, type FakeCluster } from '../../../test/gen/cluster.js';
import { ApiError } from '../../runtime/errors.js';
import { reconcileLink } from './links.js';
import { createLinkStatuses, keyOfLink, type LinkStatusWrite } from './statuswrites.js';

const manager = 'service-mirror-links';
const link = aLink();
const part = (time: string): LinkStatusWrite => ({
  manager,
  decide: () => ({ conditions: [{ ...condition('Connected'), lastTransitionTime: time }] }),
});

function refuse(fake: FakeCluster, status = 422): void {
  fake.kube.beforeWrite = () => {
    throw new ApiError('policy "p" denies it', { status, reason: 'Invalid' });
  };
}

describe('createLinkStatuses()', () => {
  it('tells of a status that is refused once, on the Link, and tries it again ever later', async () => {
    const fake = aFakeCluster(link);
    refuse(fake);
    const waits: unknown[] = [];
    for (const second of ['01', '02', '03']) {
      const again = await fake.statuses.write('paris', part(`2026-01-01T00:00:${second}Z`));
      waits.push(again?.requeueAfter);
      await fake.clock.advance(again?.requeueAfter ?? 0);
    }
    assert.deepEqual(waits, [5_000, 10_000, 20_000]);
    assert.deepEqual(fake.told, ['Warning WriteRefused']);
    fake.kube.beforeWrite = () => undefined;
    assert.equal(await fake.statuses.write('paris', part('2026-01-01T00:00:04Z')), undefined);
    assert.deepEqual(fake.written(), ['status links paris']);
  });

  it('lets other failures through', async () => {
    const fake = aFakeCluster(link);
    refuse(fake, 500);
    await assert.rejects(() => fake.statuses.write('paris', part('2026-01-01T00:00:01Z')), ApiError);
  });

  it('lets a writer decide when those before it are done, and no two write one Link at a time', async () => {
    const fake = aFakeCluster(link);
    const saw: number[] = [];
    const statuses = createLinkStatuses({
      ...{ ...fake, links: fake.caches.links },
      applier: {
        async status(r, write) {
          // another writer that does not wait would write first, and this one would be refused with 409
          await fake.clock.sleep(1_000);
          return fake.applier.status(r, write);
        },
      },
    });
    const say = (name: string, type: string): LinkStatusWrite => ({
      manager: name,
      decide({ status }) {
        saw.push(status?.conditions?.length ?? 0);
        return { conditions: [condition(type)] };
      },
    });
    const writes = [
      statuses.write('paris', say('links', 'Connected')),
      statuses.write('paris', say('health', 'GatewayHealthy')),
      statuses.write('paris', say('rotation', 'RotationFollowed')),
    ];
    for (const _ of writes) await fake.clock.advance(1_000);
    await Promise.all(writes);
    assert.deepEqual(saw, [0, 1, 2]);
    assert.equal(fake.caches.links.get('paris')?.status?.conditions?.length, 3);
  });

  it('writes nothing, and remembers no refusal, of a Link that is gone', async () => {
    const fake = aFakeCluster(link);
    const writing = fake.statuses.write('paris', part('2026-01-01T00:00:01Z'));
    fake.drop(link);
    assert.equal(await writing, undefined);
    assert.deepEqual(fake.written(), []);
    assert.equal(fake.refusals.of(keyOfLink('paris'), `status ${manager}`).tried, false);
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
