import assert from 'node:assert/strict';
import { test } from 'node:test';
import { microTime } from './time.js';

test('microTime() writes six decimals', () => {
  assert.equal(microTime(Date.UTC(2026, 1, 3, 4, 5, 6, 7)), '2026-02-03T04:05:06.007000Z');
});
