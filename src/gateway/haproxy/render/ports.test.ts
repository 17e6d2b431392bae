import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blocksAtStart, blocksOf, runsOf } from './ports.js';

const range = { first: 10_000, last: 10_029, block: 10 };

test('blocksOf() tells the blocks from the first port of the range on', () => {
  assert.deepEqual([...blocksOf([10_000, 10_009, 10_010, 10_029], range)], [10_000, 10_010, 10_020]);
});

test('blocksOf() opens nothing for ports outside of the range', () => {
  assert.deepEqual([...blocksOf([9_999, 10_030], range)], []);
});

test('blocksAtStart() are all ports where they are one block, else none', () => {
  assert.deepEqual([...blocksAtStart({ ...range, block: 30 })], [10_000]);
  assert.deepEqual([...blocksAtStart(range)], []);
});

const runs: Record<string, readonly [number[], number[], [number, number][]]> = {
  'joins neighbours': [[10_010, 10_000], [], [[10_000, 10_019]]],
  'keeps apart what is apart': [
    [10_000, 10_020],
    [],
    [
      [10_000, 10_009],
      [10_020, 10_029],
    ],
  ],
  'leaves out what is in use': [
    [10_000],
    [10_000, 10_004, 10_009],
    [
      [10_001, 10_003],
      [10_005, 10_008],
    ],
  ],
  'is empty without blocks': [[], [], []],
};

for (const [what, [blocks, without, expected]] of Object.entries(runs)) {
  test(`runsOf() ${what}`, () => {
    const found = runsOf(blocks, new Set(without), range);
    assert.deepEqual(
      found.map(({ first, last }) => [first, last]),
      expected,
    );
  });
}

test('runsOf() ends with the range, where the last block is cut short', () => {
  assert.deepEqual(runsOf([10_020], new Set(), { ...range, last: 10_024 }), [
    { first: 10_020, last: 10_024 },
  ]);
});
