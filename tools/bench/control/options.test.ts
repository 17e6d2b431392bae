import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlPlanOf, scenarioNames } from './options.js';

test('controlPlanOf() has defaults, and takes numbers', () => {
  const plan = controlPlanOf([]);
  assert.deepEqual([plan.services, plan.changes, plan.rate], [1_000, 500, 50]);
  assert.deepEqual(plan.only, scenarioNames);
  assert.deepEqual(controlPlanOf(['--services', '10', '--rate', '5']), { ...plan, services: 10, rate: 5 });
});

test('controlPlanOf() takes scenarios', () => {
  assert.deepEqual(controlPlanOf(['--only', 'import,replace']).only, ['import', 'replace']);
});

const refused = [
  ['--services', '0'],
  ['--services', '1.5'],
  ['--rate', 'x'],
  ['--only', 'import,all'],
  ['--only', ''],
  ['--more'],
  ['10'],
];
for (const args of refused)
  test(`controlPlanOf() refuses ${args.join(' ')} and shows the usage`, () => {
    assert.throws(
      () => controlPlanOf(args),
      /usage: npm run bench:control .*\n {2}SCENARIO is one of import,/,
    );
  });
