import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mirrorsThatChange } from './change.js';

test('mirrorsThatChange() is a tenth, and more where each would change too often', () => {
  const of = (services: number) => mirrorsThatChange({ services, rate: 50 });
  assert.deepEqual(
    [of(10_000), of(3_000), of(1_000), of(500), of(100), of(1)],
    [1_000, 300, 100, 100, 50, 1],
  );
});
