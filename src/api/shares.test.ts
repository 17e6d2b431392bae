import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { allLeases, leaseOf, leasesOf, maxShares, shareOf } from './shares.js';

suite('shareOf()', () => {
  const cases: Record<string, [name: string, count: number, share: number]> = {
    'gives everything to a single share': ['paris', 1, 0],
    // another result would move Links between replicas of two versions
    'gives a Link to the same of two shares for ever': ['paris', 2, 0],
    'and another Link to the other one': ['berlin', 2, 1],
    'gives a Link to the same of three shares for ever': ['berlin', 3, 2],
  };
  for (const [what, [name, count, share]] of Object.entries(cases))
    test(what, () => assert.equal(shareOf(name, count), share));

  test('spreads many Links evenly', () => {
    for (const count of [2, 3, maxShares]) {
      const sizes = Array.from({ length: count }, () => 0);
      for (let n = 0; n < 1_000 * count; n++) sizes[shareOf(`cluster-${n}`, count)]! += 1;
      for (const size of sizes) assert.ok(size > 900 && size < 1_100, `${count} shares: ${sizes.join()}`);
    }
  });
});

suite('the Leases of shares', () => {
  test('a single share has the Lease of an operator whose Links are not divided', () => {
    assert.deepEqual(leasesOf(1), ['service-mirror-operator']);
  });

  test('others have a number', () => {
    assert.deepEqual(leasesOf(2), ['service-mirror-operator-0', 'service-mirror-operator-1']);
    assert.equal(leaseOf({ index: 2, count: 3 }), 'service-mirror-operator-2');
  });

  test('all are those of every number of shares', () => {
    for (let count = 1; count <= maxShares; count++)
      for (const name of leasesOf(count)) assert.ok(allLeases.includes(name), name);
    assert.equal(new Set(allLeases).size, maxShares + 1);
  });
});
