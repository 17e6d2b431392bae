import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from './eventually.js';

test('eventually() looks again while the condition throws or is false, and gives back what it returned', async () => {
  const looks = [
    () => assert.fail('no answer'),
    () => false as const,
    () => Promise.reject(new Error()),
    () => 3,
    () => 4,
  ];
  const look = () => (looks.shift() ?? assert.fail('looked too often'))();
  assert.equal(await eventually(look, 20_000, 1), 3);
  assert.equal(looks.length, 1);
});

test('eventually() says what it saw last', async () => {
  let number = 1;
  const isThree = () => assert.fail(`the number is ${number++ && 2}`);
  await assert.rejects(eventually(isThree, 5, 1), { message: 'not within 0.005 s: the number is 2' });
});

test('eventually() keeps the last error as its cause', async () => {
  const cause = new Error('connection refused');
  await assert.rejects(
    eventually(() => Promise.reject(cause), 5, 1),
    {
      message: 'not within 0.005 s: connection refused',
      cause,
    },
  );
});

test('eventually() names the condition that stays false', async () => {
  await assert.rejects(
    eventually(() => 2 + 2 === 5, 5, 1),
    /not within 0.005 s: still false: \(\) => 2 \+ 2 === 5/,
  );
});
