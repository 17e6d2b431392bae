import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOutage } from './outage.js';

test('createOutage() is patient, and forgets when all is well again', () => {
  const outage = createOutage(5_000);
  const looks: [problem: string | undefined, now: number, out: boolean][] = [
    [undefined, 0, false],
    ['lost', 10_000, false],
    ['lost', 14_999, false],
    ['lost otherwise', 15_000, true],
    [undefined, 16_000, false],
    ['lost', 17_000, false],
  ];
  for (const [problem, now, out] of looks) assert.equal(outage(problem, now), out, `at ${now}`);
});
