import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBudget } from './budget.js';
import { TooLargeError } from './errors.js';

test('caches share a budget: what one holds, another cannot', () => {
  const budget = createBudget(100);
  const [one, other] = [budget.account(), budget.account()];
  one.hold(60);
  other.hold(40);
  assert.throws(() => other.hold(41), TooLargeError);
  assert.throws(() => other.check(41), TooLargeError);
  assert.equal(other.held, 40);
  one.hold(10);
  other.hold(90);
});

test('less may always be held', () => {
  const budget = createBudget(100);
  const account = budget.account();
  account.hold(100);
  account.hold(99);
  account.check(100);
});
