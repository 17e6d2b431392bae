import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { fakeClock } from '../../test/gen/clock.js';
import { startFakeApi } from '../../test/fakeapi/fakeapi.js';
import type { Lease } from '../api/objects.js';
import { leases } from '../api/resources.js';
import { createKube } from './kube.js';
import { createRivalWatch, rivalsOf, type Division } from './rivals.js';

const all = ['lock', 'lock-0', 'lock-1', 'lock-2'];
const division = (count: number): Division => ({
  label: 'shares',
  count,
  names: count === 1 ? ['lock'] : all.slice(1, count + 1),
  all,
});

const aLease = (name: string, holder: string, shares?: string): Lease => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name, namespace: 'ops', ...(shares !== undefined && { labels: { shares } }) },
  spec: { holderIdentity: holder, leaseDurationSeconds: 15 },
});

suite('rivalsOf()', () => {
  interface Case {
    readonly lease: Lease;
    readonly count: number;
    /** How long it has been seen unchanged (ms). */
    readonly seenFor?: number;
    readonly is: 'no rival' | 'live' | 'expired';
  }
  const cases: Record<string, Case> = {
    'a lease of the same number of shares': { lease: aLease('lock-1', 'a', '2'), count: 2, is: 'no rival' },
    'the lease of a single share to its like': { lease: aLease('lock', 'a'), count: 1, is: 'no rival' },
    'the lease of a single share to one of two': { lease: aLease('lock', 'a'), count: 2, is: 'live' },
    'a lease of two shares to a single one': { lease: aLease('lock-0', 'a', '2'), count: 1, is: 'live' },
    'a lease of another number of shares': { lease: aLease('lock-1', 'a', '3'), count: 2, is: 'live' },
    'a lease that only more shares have': { lease: aLease('lock-2', 'a', '3'), count: 2, is: 'live' },
    'a numbered lease that has lost its label': { lease: aLease('lock-1', 'a'), count: 2, is: 'live' },
    'one that was given back': { lease: aLease('lock-1', '', '3'), count: 2, is: 'no rival' },
    'one that is not renewed, before its time': {
      ...{ lease: aLease('lock-1', 'a', '3'), count: 2 },
      ...{ seenFor: 14_999, is: 'live' },
    },
    'one that was not renewed in time': {
      ...{ lease: aLease('lock-1', 'a', '3'), count: 2 },
      ...{ seenFor: 15_000, is: 'expired' },
    },
  };
  for (const [what, { lease, count, seenFor = 0, is }] of Object.entries(cases))
    test(`${what}: ${is}`, () => {
      const { live, expired } = rivalsOf([{ lease, since: 1_000 }], division(count), 1_000 + seenFor);
      const { name } = lease.metadata;
      assert.deepEqual(live, is === 'live' ? [name] : []);
      assert.deepEqual(expired, is === 'expired' ? [lease] : []);
    });
});

suite('createRivalWatch()', () => {
  const { signal } = new AbortController();
  const watching = async (t: { after(fn: () => Promise<void>): void }, ...held: Lease[]) => {
    const api = await startFakeApi();
    const kube = createKube(api.config, { fieldManager: 'tester' });
    t.after(async () => {
      await kube.close();
      await api.close();
    });
    for (const lease of held) api.put(leases, lease);
    const clock = fakeClock();
    const watch = createRivalWatch(kube, { namespace: 'ops', division: division(2), clock });
    return {
      api,
      clock,
      watch,
      holderOf: (name: string) => api.find(leases, `ops/${name}`)?.spec.holderIdentity,
    };
  };

  test('finds nobody where there are no leases, or only those of its own division', async (t) => {
    const { watch } = await watching(t, aLease('lock-0', 'a', '2'));
    assert.deepEqual(await watch.look(signal), []);
  });

  test('believes a rival for as long as its lease lasts, and then takes the lease from it', async (t) => {
    const { watch, clock, holderOf } = await watching(t, aLease('lock', 'old'));
    assert.deepEqual(await watch.look(signal), ['lock']);
    await clock.advance(14_000);
    assert.deepEqual(await watch.look(signal), ['lock']);
    assert.equal(holderOf('lock'), 'old');
    await clock.advance(1_000);
    assert.deepEqual(await watch.look(signal), []);
    assert.equal(holderOf('lock'), '');
  });

  test('begins anew with each renewal', async (t) => {
    const { api, watch, clock } = await watching(t, aLease('lock', 'old'));
    for (let round = 0; round < 3; round++) {
      assert.deepEqual(await watch.look(signal), ['lock']);
      await clock.advance(10_000);
      api.put(leases, aLease('lock', 'old'));
    }
    assert.deepEqual(await watch.look(signal), ['lock']);
  });

  test('takes no lease from a holder that renews it at that moment', async (t) => {
    const { api, watch, clock } = await watching(t, aLease('lock', 'old'));
    await watch.look(signal);
    await clock.advance(15_000);
    api.fault({ method: 'PUT' }, { kind: 'answer', status: 409, body: { reason: 'Conflict' } });
    assert.deepEqual(await watch.look(signal), ['lock']);
  });

  test('takes a lease that it may not read for one that nobody holds', async (t) => {
    const { api, watch } = await watching(t, aLease('lock', 'old'));
    api.fault({ path: 'lock', times: Infinity }, { kind: 'answer', status: 403 });
    assert.deepEqual(await watch.look(signal), []);
  });

  test('does not hide that it cannot look', async (t) => {
    const { api, watch } = await watching(t);
    api.fault({ path: 'lock-2', times: Infinity }, { kind: 'answer', status: 500 });
    await assert.rejects(watch.look(signal));
  });
});
