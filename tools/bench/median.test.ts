import assert from 'node:assert/strict';
import { test } from 'node:test';
import { median, rounded } from './median.js';

test('median() is the middle value, or the mean of both', () => {
  const cases: [number[], number][] = [
    [[7], 7],
    [[9, 1, 5], 5],
    [[4, 1, 100, 2], 3],
    [[10, 9, 100], 10],
    [[], NaN],
  ];
  for (const [values, expected] of cases) assert.equal(median(values), expected, values.join());
});

test('rounded() keeps three digits that count', () => {
  assert.deepEqual([0.123, 9.876, 45.67, 123.4, 68_142.3].map(rounded), [
    ...['0.12', '9.88', '45.7', '123', '68,142'],
  ]);
});
