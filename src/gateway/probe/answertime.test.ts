import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAnswerTime } from './answertime.js';

/** What is told after each of these answers. */
function told(...answers: number[]): number[] {
  const take = createAnswerTime();
  return answers.map((ms) => take(ms));
}

const times = (count: number, ms: number) => Array.from({ length: count }, () => ms);

test('the first answer is told as it is, in whole milliseconds', () => {
  assert.deepEqual(told(40.4), [40]);
  assert.deepEqual(told(0.2), [1]);
});

test('answers that differ a little, or one that is slow, change nothing', () => {
  assert.deepEqual(new Set(told(40, 44, 36, 45, 35, 44, 100, 40, 41)), new Set([40]));
  assert.deepEqual(new Set(told(3, 4, 5, 4, 3, 5, 4)), new Set([3]));
});

test('a lasting change is told, in few steps', () => {
  const after = told(40, ...times(60, 80));
  assert.ok(Math.abs(after.at(-1)! - 80) <= 16, `${after.at(-1)}`);
  assert.ok(new Set(after).size <= 4, [...new Set(after)].join());
  assert.ok(after[1] === 40);
});
