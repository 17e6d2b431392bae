import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLeftover } from './memorylimit.js';

test('isLeftover() leaves the cgroups of runs alone that may be under way, and those of others', () => {
  const now = Date.parse('2026-01-03T00:00:00Z');
  const of = (time: string) => isLeftover(`service-mirror-bench-${Date.parse(time)}-a`, now);
  assert.equal(of('2026-01-01T00:00:00Z'), true);
  assert.equal(of('2026-01-02T12:00:00Z'), false);
  assert.equal(isLeftover('service-mirror-bench-x', now), false);
  assert.equal(isLeftover(`other-${Date.parse('2026-01-01T00:00:00Z')}`, now), false);
});
