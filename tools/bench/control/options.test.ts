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

test('controlPlanOf() refuses more mirrors than can have egress ports, where they need some', () => {
  const refuses = (...args: string[]) =>
    assert.throws(() => controlPlanOf(args), /egress ports for (16384|8192); leave it out \(--only\)/);
  refuses('--services', '16385');
  refuses('--services', '8193', '--links', '4');
  assert.equal(controlPlanOf(['--services', '16384']).services, 16_384);
  assert.equal(controlPlanOf(['--services', '16385', '--only', 'import']).services, 16_385);
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
