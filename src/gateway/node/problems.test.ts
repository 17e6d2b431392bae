import assert from 'node:assert/strict';
import { test } from 'node:test';
import { throwProblems } from './problems.js';

test('throwProblems() names every problem and keeps their errors', () => {
  const problems = [new Error('port 1 is in use'), new Error('link a: bad bundle')];
  assert.throws(
    () => throwProblems(problems),
    (error: AggregateError) =>
      error.message === 'port 1 is in use; link a: bad bundle' && error.errors.length === 2,
  );
});

test('throwProblems() is quiet when there are none', () => throwProblems([]));
