import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlPlanOf } from './options.js';

test('controlPlanOf() has defaults, and takes numbers', () => {
  assert.deepEqual(controlPlanOf([]), { services: 1_000, changes: 500, rate: 50 });
  assert.deepEqual(controlPlanOf(['--services', '10', '--rate', '5']), {
    services: 10,
    changes: 500,
    rate: 5,
  });
});

for (const args of [['--services', '0'], ['--services', '1.5'], ['--rate', 'x'], ['--more'], ['10']])
  test(`controlPlanOf() refuses ${args.join(' ')} and shows the usage`, () => {
    assert.throws(() => controlPlanOf(args), /usage: npm run bench:control/);
  });
