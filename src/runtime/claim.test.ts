import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leases } from '../api/resources.js';
import { fakeClock } from '../../test/clock.js';
import { startFakeApi } from '../../test/fakeapi.js';
import { createClaim } from './claim.js';
import { createKube, isConflict } from './kube.js';

test('a claim takes, renews, counts transitions, yields and releases', async () => {
  const api = await startFakeApi();
  const kube = createKube(api.config, { fieldManager: 'tester' });
  const clock = fakeClock();
  const { signal } = new AbortController();
  const claimOf = (identity: string) =>
    createClaim(kube, { namespace: 'ops', name: 'lock', identity, clock });
  const spec = () => api.find(leases, 'ops/lock')?.spec;
  const [a, b] = [claimOf('a'), claimOf('b')];

  assert.equal(await a.claim(signal), true);
  await clock.advance(2_000);
  assert.equal(await b.claim(signal), false);
  assert.equal(await a.claim(signal), true);
  assert.equal(a.renewedAt(), 2_000);
  assert.deepEqual(
    [spec()?.acquireTime, spec()?.renewTime],
    ['2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:02.000000Z'],
  );

  await a.release();
  assert.equal(spec()?.holderIdentity, '');
  assert.equal(await b.claim(signal), true);
  assert.deepEqual([spec()?.holderIdentity, spec()?.leaseTransitions], ['b', 1]);

  // What `a` still holds in its hand is old now: it must not win with it.
  await assert.rejects(a.claim(signal), isConflict);
  assert.equal(await a.claim(signal), false);
  await kube.close();
  await api.close();
});
