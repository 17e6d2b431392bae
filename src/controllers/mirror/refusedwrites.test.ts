import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aLink, aService, aSlice, endpoint, port, slice } from '../../../test/gen/gen.js';
import {
  key,
  messageOf,
  ready,
  settle,
  statusOf,
  walkthrough,
  working,
} from '../../../test/gen/walkthrough.js';
import { aRemote, type FakeCluster } from '../../../test/gen/cluster.js';
import { conditionOf } from '../../api/conditions.js';
import { ApiError } from '../../runtime/errors.js';
import { reconcileStatus } from './status.js';

/** Refuses writes that begin so, as a quota or a policy does. */
function refuse(fake: FakeCluster, writes: RegExp, words = 'policy "p" denied request: no'): () => void {
  fake.kube.beforeWrite = (write) => {
    if (writes.test(write)) throw new ApiError(words, { status: 422, reason: 'Invalid' });
  };
  return () => (fake.kube.beforeWrite = () => undefined);
}

const reason = (fake: FakeCluster, type: string) => {
  const condition = conditionOf(fake.caches.mirrors.get(key), type);
  return `${condition?.status} ${condition?.reason}`;
};

/** A flat mirror of a Service with one pod. */
async function flat(pod = '10.9.0.1'): Promise<FakeCluster> {
  const fake = walkthrough();
  fake.put(aLink('paris', (draft) => (draft.spec.transport = 'flat')));
  move(fake, pod);
  await settle(fake);
  assert.equal(ready(fake), 'True Ready');
  fake.told.length = 0;
  return fake;
}

function move(fake: FakeCluster, ...pods: string[]): void {
  const services = [aService('hello', port(80))];
  const slices = [aSlice('hello', ...pods.map((pod) => endpoint(pod)))];
  fake.remotes.clusters.set('paris', aRemote({ services, slices }));
}

describe('a write that our own API server refuses', () => {
  it('of a Service is said with its words, in an Event too, and the mirror comes when it is taken', async () => {
    const fake = walkthrough();
    const allow = refuse(fake, /^create services/, 'exceeded quota: q');
    await settle(fake);
    assert.equal(ready(fake), 'False WriteRefused');
    assert.match(messageOf(fake, 'Ready'), /Service "hello": exceeded quota: q$/);
    assert.equal(reason(fake, 'Synced'), 'False WriteRefused');
    assert.equal(statusOf(fake)?.ports?.length ?? 0, 0);
    assert.deepEqual(fake.told, ['Warning WriteRefused']);
    allow();
    await fake.clock.advance(60_000);
    await settle(fake);
    assert.equal(reason(fake, 'Synced'), 'True Synced');
  });

  it('of a new port leaves Synced false and the port out of the status, while the others serve on', async () => {
    const fake = await flat();
    refuse(fake, /^patch services/);
    const services = [aService('hello', port(80), port(443, { name: 'https' }))];
    fake.remotes.clusters.set(
      'paris',
      aRemote({ services, slices: [aSlice('hello', endpoint('10.9.0.1'))] }),
    );
    await settle(fake);
    assert.equal(reason(fake, 'Synced'), 'False WriteRefused');
    assert.deepEqual(
      statusOf(fake)?.ports?.map((each) => each.port),
      [80],
    );
    assert.deepEqual(fake.told.slice(0, 1), ['Warning WriteRefused']);
  });

  it('of slices makes the mirror not ready when they name a pod that is gone', async () => {
    const fake = await flat();
    const allow = refuse(fake, /endpointslices/);
    move(fake, '10.9.0.2');
    await settle(fake);
    assert.equal(ready(fake), 'False WriteRefused');
    assert.match(messageOf(fake, 'EndpointsReady'), /EndpointSlices of Service "hello": policy "p" denied/);
    allow();
    await fake.clock.advance(60_000);
    await settle(fake);
    assert.equal(ready(fake), 'True Ready');
  });

  it('of slices leaves the mirror ready while all that they name may be called, and says so', async () => {
    const fake = await flat();
    refuse(fake, /endpointslices/);
    move(fake, '10.9.0.1', '10.9.0.2');
    await settle(fake);
    assert.equal(ready(fake), 'True Ready');
    assert.match(messageOf(fake, 'Ready'), /does not take the EndpointSlices/);
  });

  it('of slices is said, too, when somebody else has a slice of that name', async () => {
    const fake = walkthrough();
    fake.put(aLink('paris', (draft) => (draft.spec.transport = 'flat')));
    fake.put(aSlice('other', slice('hello-mirror-ipv4-0')));
    await settle(fake);
    assert.equal(ready(fake), 'False WriteRefused');
    assert.match(messageOf(fake, 'Ready'), /EndpointSlice default\/hello-mirror-ipv4-0 exists and is not/);
  });

  it('is still said after a restart, before it was tried again', async () => {
    const fake = walkthrough();
    refuse(fake, /^create services/);
    await settle(fake);
    const next = fake.restarted();
    next.written();
    await reconcileStatus(next)(key);
    assert.deepEqual(next.written(), []);
    assert.equal(ready(next), 'False WriteRefused');
  });

  it('of a status is told in an Event, once', async () => {
    const fake = await working();
    fake.told.length = 0;
    refuse(fake, /^status/);
    fake.remotes.clusters.set('paris', aRemote());
    for (let n = 0; n < 3; n += 1) assert.ok(await reconcileStatus(fake)(key));
    assert.deepEqual(fake.told, ['Warning WriteRefused']);
  });

  it('of a status is tried less and less often, though its conditions turn later each time', async () => {
    const world = await working();
    refuse(world, /^status/);
    world.remotes.clusters.set('paris', aRemote());
    const waits: number[] = [];
    for (let n = 0; n < 4; n += 1) {
      const { requeueAfter } = (await reconcileStatus(world)(key)) ?? { requeueAfter: 0 };
      waits.push(requeueAfter);
      await world.clock.advance(requeueAfter);
    }
    assert.deepEqual(waits, [5_000, 10_000, 20_000, 40_000]);
  });
});
