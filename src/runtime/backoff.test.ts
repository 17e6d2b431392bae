import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoffDelay } from './backoff.js';

const bounds = { base: 10, max: 1_000 };
const cases: Record<string, [failures: number, random: number, expected: number]> = {
  'the first wait is the base': [1, 0, 10],
  'each failure doubles it': [4, 0, 80],
  'the maximum bounds it': [8, 0, 1_000],
  'any number of failures is bounded': [100_000, 0, 1_000],
  'chance takes up to a half': [4, 0.5, 60],
};
for (const [title, [failures, random, expected]] of Object.entries(cases))
  test(`backoffDelay(): ${title}`, () =>
    assert.equal(
      backoffDelay(failures, bounds, () => random),
      expected,
    ));
