import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from './eventually.js';

test('eventually() reads again until it sees what it waits for, whatever fails before', async () => {
  const answers = [() => 1, () => assert.fail('no answer'), () => 3, () => 4];
  const read = async () => answers.shift()?.() ?? assert.fail('asked too often');
  assert.equal(await eventually('a three', read, (value) => value === 3, { every: 1 }), 3);
  assert.equal(answers.length, 1);
});

test('eventually() says what it waited for and what it saw last', async () => {
  const show = (value: number) => `the number ${value}`;
  await assert.rejects(
    eventually(
      'a three',
      async () => 2,
      (value) => value === 3,
      { within: 5, every: 1, show },
    ),
    { message: 'not within 0.005 s: a three; last seen: the number 2' },
  );
});

test('eventually() tells of the error of the last read', async () => {
  const read = () => Promise.reject<number>(new Error('connection refused'));
  await assert.rejects(
    eventually('a three', read, () => true, { within: 5, every: 1 }),
    {
      message: 'not within 0.005 s: a three; last seen: Error: connection refused',
    },
  );
});
