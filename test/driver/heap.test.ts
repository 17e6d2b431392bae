import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heldTexts } from './heap.js';

const memory = { byName: new Map<string, object>() };
const named = (n: number) => `held-${n}-${process.pid}`;
const which = () => (text: string) => /held-\d-\d/.test(text);

test('heldTexts() finds the keys of a map, and says what holds them', async () => {
  for (let n = 0; n < 3; n += 1) memory.byName.set(named(n), {});
  const found = await heldTexts(which);
  assert.deepEqual(found.map(({ text }) => text).toSorted(), [0, 1, 2].map(named));
  for (const { path } of found) assert.match(path, /Object\.byName > Map/);
});

test('heldTexts() does not find what was there', async () => {
  memory.byName.clear();
  assert.deepEqual(await heldTexts(which), []);
});
