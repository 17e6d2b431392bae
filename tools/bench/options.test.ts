import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planOf } from './options.js';

test('planOf() measures everything unless told otherwise', () => {
  const plan = planOf([]);
  assert.deepEqual(plan.paths, ['direct', 'plain', 'haproxy', 'node', 'nginx']);
  assert.equal(plan.mirrors, 10_000);
  assert.equal(plan.idle, 1_000);
  assert.ok(planOf(['--quick']).seconds < plan.seconds);
  assert.equal(planOf(['--quick']).mirrors, plan.mirrors);
  assert.equal(planOf(['--smoke']).rounds, 1);
});

test('planOf() takes the build on AWS-LC when it is asked to', () => {
  assert.ok(planOf(['--aws-lc', '--quick']).paths.includes('aws-lc'));
  assert.deepEqual(planOf(['--only', 'aws-lc,nginx']).paths, ['aws-lc', 'nginx']);
});

test('planOf() lets what is said in numbers stand over --quick', () => {
  const plan = planOf(['--quick', '--rounds', '7', '--seconds', '0.5', '--only', 'nginx,haproxy']);
  assert.deepEqual([plan.rounds, plan.seconds, plan.paths], [7, 0.5, ['nginx', 'haproxy']]);
});

test('planOf() says how it is used when it is used otherwise', () => {
  for (const args of [['--fast'], ['--only', 'envoy'], ['--rounds', '0'], ['--seconds', 'long'], ['now']])
    assert.throws(() => planOf(args), /usage: npm run bench:gateway/, args.join(' '));
});
