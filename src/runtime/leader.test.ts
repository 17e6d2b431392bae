import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { eventually } from '../../test/driver/eventually.js';
import { fakeClock, type FakeClock } from '../../test/gen/clock.js';
import { startFakeApi, type FakeApi } from '../../test/fakeapi/fakeapi.js';
import type { Lease } from '../api/objects.js';
import { leases } from '../api/resources.js';
import { createKube, type KubeClient } from './kube.js';
import { runElection } from './leader.js';
import type { RivalWatch } from './rivals.js';

let api: FakeApi;
let kube: KubeClient;
let clock: FakeClock;
const stops: (() => Promise<void>)[] = [];

beforeEach(async () => {
  api = await startFakeApi();
  clock = fakeClock();
  // Calls go by real time here: only the election's own waits are under test.
  kube = createKube(api.config, { fieldManager: 'tester' });
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  await kube.close();
  await api.close();
});

/** A candidate; its work ends when it is told to, or when `finish` is called. */
function stand(identity: string) {
  const stop = new AbortController();
  const finish = Promise.withResolvers<void>();
  const candidate = { leading: false, aborted: false, result: undefined as string | undefined, stop, finish };
  const over = runElection(
    kube,
    { namespace: 'ops', names: ['lock'], identity, clock, random: () => 0 },
    async (_name, signal) => {
      candidate.leading = true;
      signal.addEventListener('abort', () => (candidate.aborted = true));
      await finish.promise;
    },
    stop.signal,
  ).then(
    (result) => (candidate.result = result),
    (error: unknown) => (candidate.result = `threw ${String(error)}`),
  );
  stops.push(async () => {
    stop.abort();
    finish.resolve();
    await over;
  });
  return candidate;
}

const lease = () => api.find(leases, 'ops/lock');
const holder = () => lease()?.spec.holderIdentity;
/** Moves time on by seconds, letting each second's calls be answered. */
const seconds = async (count: number) => {
  for (let i = 0; i < count; i++) {
    await clock.advance(1_000);
    await kube.raw('/version').catch(() => undefined);
    await clock.advance(0);
  }
};

test('the first candidate takes the lease, the second waits', async () => {
  const a = stand('a');
  await eventually(() => a.leading);
  const b = stand('b');
  await seconds(40);
  assert.equal(holder(), 'a');
  assert.deepEqual([a.result, b.leading], [undefined, false]);
  const { spec } = lease() ?? assert.fail();
  assert.deepEqual([spec.leaseDurationSeconds, spec.leaseTransitions], [15, 0]);
  assert.match(spec.renewTime ?? '', /^2026-01-01T00:00:\d\d\.\d{6}Z$/);
  assert.notEqual(spec.renewTime, spec.acquireTime);
});

test('a leader that stops winds up, gives the lease back, and the next one leads within a retry', async () => {
  const a = stand('a');
  await eventually(() => a.leading);
  const b = stand('b');
  await seconds(3);
  a.stop.abort();
  await eventually(() => a.aborted);
  await seconds(5);
  assert.equal(holder(), 'a', 'kept while it winds up');
  assert.equal(b.leading, false);
  a.finish.resolve();
  await eventually(() => a.result === 'stopped');
  await seconds(3);
  assert.ok(b.leading);
  assert.equal(holder(), 'b');
  assert.equal(lease()?.spec.leaseTransitions, 1);
});

test('a leader that ends in the middle of a renewal gives the lease back all the same', async () => {
  const a = stand('a');
  await eventually(() => a.leading);
  const arrived = Promise.withResolvers<void>();
  const run = () => {
    arrived.resolve();
    return new Promise<void>(() => undefined);
  };
  api.fault({ method: 'PUT' }, { kind: 'first', run });
  await seconds(3);
  await arrived.promise;
  a.finish.resolve();
  await eventually(() => a.result === 'stopped');
  assert.equal(holder(), '');
});

test('a leader that falls silent is followed after 15 s of the follower’s own time', async () => {
  const now = '2031-01-01T00:00:00.000000Z'; // another machine's clock, far ahead
  const spec: Lease['spec'] = {
    holderIdentity: 'dead',
    leaseDurationSeconds: 15,
    renewTime: now,
    leaseTransitions: 4,
  };
  api.put(leases, {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'lock', namespace: 'ops' },
    spec,
  });
  const b = stand('b');
  await seconds(14);
  assert.equal(b.leading, false);
  await seconds(4);
  assert.ok(b.leading);
  assert.equal(lease()?.spec.leaseTransitions, 5);
});

test('a leader that cannot renew gives up after 10 s, before another may lead', async () => {
  const a = stand('a');
  await eventually(() => a.leading);
  await seconds(4);
  api.fault({ times: Infinity }, { kind: 'answer', status: 500 });
  await seconds(7);
  assert.equal(a.aborted, false);
  await seconds(5);
  assert.deepEqual([a.aborted, a.result], [true, 'lost']);
});

test('a leader whose calls hang gives up after 10 s, too', async () => {
  const a = stand('a');
  await eventually(() => a.leading);
  api.fault({ path: 'leases', times: Infinity }, { kind: 'silence' });
  await seconds(13);
  assert.equal(a.result, 'lost');
});

test('a leader whose lease another has taken stops leading', async () => {
  const a = stand('a');
  await eventually(() => a.leading);
  const held = lease() ?? assert.fail();
  api.put(leases, { ...held, spec: { ...held.spec, holderIdentity: 'b' } });
  await seconds(6);
  assert.deepEqual([a.aborted, a.result, holder()], [true, 'lost', 'b']);
});

test('a few failed renewals do no harm', async () => {
  const a = stand('a');
  await eventually(() => a.leading);
  api.fault({ times: 2 }, { kind: 'answer', status: 500 });
  api.fault({ times: 1 }, { kind: 'answer', status: 409, body: { reason: 'Conflict' } });
  await seconds(30);
  assert.deepEqual([a.result, a.aborted, holder()], [undefined, false, 'a']);
});

test('of two candidates that see the same free lease only one leads', async () => {
  const spec: Lease['spec'] = { holderIdentity: '', leaseDurationSeconds: 1 };
  api.put(leases, {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'lock', namespace: 'ops' },
    spec,
  });
  const [a, b] = [stand('a'), stand('b')];
  await seconds(10);
  assert.notEqual(a.leading, b.leading);
});

test('an error of the work gives the lease back and is thrown', async () => {
  const a = stand('a');
  await eventually(() => a.leading);
  a.finish.reject(new Error('broken'));
  await eventually(() => a.result !== undefined);
  assert.equal(a.result, 'threw Error: broken');
  assert.equal(holder(), '');
});

test('a candidate that is stopped before it leads never leads', async () => {
  const a = stand('a');
  await eventually(() => a.leading);
  const b = stand('b');
  await seconds(2);
  b.stop.abort();
  await eventually(() => b.result === 'stopped');
  assert.equal(b.leading, false);
});

/** A candidate for two leases, which begins with the second one. */
function standForTwo(identity: string, rivals?: RivalWatch) {
  const stop = new AbortController();
  const led: string[] = [];
  const options = { namespace: 'ops', names: ['lock-0', 'lock-1'], labels: { shares: '2' }, identity, clock };
  const over = runElection(
    kube,
    { ...options, random: () => 0.5, ...(rivals !== undefined && { rivals }) },
    async (name, signal) => {
      led.push(name);
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    },
    stop.signal,
  );
  stops.push(async () => {
    stop.abort();
    await over;
  });
  return { led, stop };
}

const holders = () =>
  ['lock-0', 'lock-1'].map((name) => api.find(leases, `ops/${name}`)?.spec.holderIdentity);

test('of several leases a candidate takes one, and a third follows whoever ends', async () => {
  const a = standForTwo('a');
  await eventually(() => a.led.length > 0);
  const b = standForTwo('b');
  await eventually(() => b.led.length > 0);
  const c = standForTwo('c');
  await seconds(20);
  assert.deepEqual([a.led, b.led, c.led], [['lock-1'], ['lock-0'], []]);
  assert.deepEqual(holders(), ['b', 'a']);
  assert.deepEqual(api.find(leases, 'ops/lock-0')?.metadata.labels, { shares: '2' });
  b.stop.abort();
  await seconds(4);
  assert.deepEqual(c.led, ['lock-0']);
});

test('a candidate leads nothing while there are rivals, and leaves the leases to others', async () => {
  let there = ['lock'];
  let looks = 0;
  const a = standForTwo('a', { look: async () => (looks++, there) });
  await seconds(10);
  assert.deepEqual(a.led, []);
  assert.ok(looks > 1);
  assert.deepEqual(holders(), [undefined, ''], 'one was taken and given back, and no other one');
  there = [];
  await seconds(4);
  assert.deepEqual(a.led, ['lock-1']);
});

test('a candidate that cannot look for rivals leads nothing', async () => {
  const a = standForTwo('a', { look: () => Promise.reject(new Error('no')) });
  await seconds(10);
  assert.deepEqual(a.led, []);
  assert.ok(
    holders().every((holder) => (holder ?? '') === ''),
    holders().join(),
  );
});
