import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '../../test/gen/clock.js';
import { startFakeApi } from '../../test/fakeapi/fakeapi.js';
import { leases } from '../api/resources.js';
import { createClaim } from './lease.js';
import { createKube, isConflict } from './kube.js';

test('a claim takes, renews, counts transitions, yields and releases', async (t) => {
  const api = await startFakeApi();
  const kube = createKube(api.config, { fieldManager: 'tester' });
  t.after(async () => {
    await kube.close();
    await api.close();
  });
  const clock = fakeClock();
  const { signal } = new AbortController();
  const claimOf = (identity: string) =>
    createClaim(kube, { namespace: 'ops', name: 'lock', identity, clock });
  const stored = () => api.find(leases, 'ops/lock') ?? assert.fail();
  const [a, b] = [claimOf('a'), claimOf('b')];

  assert.equal(await a.claim(signal), true);
  await clock.advance(2_000);
  assert.equal(await b.claim(signal), false);
  assert.equal(await a.claim(signal), true);
  assert.equal(a.renewedAt(), 2_000);
  const { acquireTime, renewTime } = stored().spec;
  assert.deepEqual([acquireTime, renewTime], ['2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:02.000000Z']);

  // the wall clock says nothing of how old a lease is
  for (const jump of [3_600_000, -3_600_000]) {
    clock.jump(jump);
    assert.deepEqual([await b.claim(signal), await a.claim(signal)], [false, true]);
  }

  await b.release();
  assert.equal(stored().spec.holderIdentity, 'a', 'what is not ours is not given away');
  await a.release();
  assert.equal(stored().spec.holderIdentity, '');
  assert.equal(await b.claim(signal), true);
  assert.deepEqual([stored().spec.holderIdentity, stored().spec.leaseTransitions], ['b', 1]);
  assert.equal(await a.claim(signal), false);

  // What `b` has in its hand is old now: it must not win with it.
  api.put(leases, { ...stored(), spec: { ...stored().spec, holderIdentity: 'c' } });
  await assert.rejects(b.claim(signal), isConflict);
  assert.equal(await b.claim(signal), false);

  // who slept while its lease was given to nobody does not take it back
  const sleeper = claimOf('d');
  await clock.advance(60_000);
  await sleeper.claim(signal);
  await clock.advance(60_000);
  assert.equal(await sleeper.claim(signal), true);
  api.put(leases, { ...stored(), spec: { ...stored().spec, holderIdentity: '' } });
  await assert.rejects(sleeper.claim(signal), isConflict);
  assert.equal(await sleeper.claim(signal), false);
});
