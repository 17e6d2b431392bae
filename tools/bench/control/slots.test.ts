import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSlots } from './slots.js';

test('createSlots() runs so many at once, and what is due soon before what waits already', async () => {
  const slot = createSlots(2);
  const [began, ends]: [string[], (() => void)[]] = [[], []];
  const work = (name: string) => () =>
    new Promise<void>((resolve) => {
      began.push(name);
      ends.push(resolve);
    });
  const all = ['a', 'b', 'c', 'd'].map((name) => slot('later', work(name)));
  all.push(slot('soon', work('change')));
  assert.deepEqual(began, ['a', 'b']);
  for (let at = 0; at < 5; at++) {
    ends[at]!();
    await all[began[at] === 'change' ? 4 : ['a', 'b', 'c', 'd'].indexOf(began[at]!)];
  }
  assert.deepEqual(began, ['a', 'b', 'change', 'c', 'd']);
});
