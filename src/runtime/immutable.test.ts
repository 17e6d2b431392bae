import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differing, ImmutableMap } from './immutable.js';

const many = ImmutableMap.of<number, string>(
  Array.from({ length: 1_000 }, (_, n) => [10_000 + n, `v${n}`] as const),
);

test('a map holds what it was made of, the last of each key', () => {
  const map = ImmutableMap.of<number, string>([
    [1, 'a'],
    [1_000, 'b'],
    [1, 'c'],
  ]);
  assert.deepEqual([...map], [[1, 'c'], [1_000, 'b']]); // prettier-ignore
  assert.deepEqual(
    [map.size, map.get(1), map.has(1_000), map.has(2), map.get(2)],
    [2, 'c', true, false, undefined],
  );
  assert.deepEqual(
    [[...map.keys()], [...map.values()]],
    [
      [1, 1_000],
      ['c', 'b'],
    ],
  );
  const seen: unknown[] = [];
  map.forEach((value, key) => seen.push([key, value]));
  assert.deepEqual(seen, [...map]);
  assert.equal(ImmutableMap.of(map), map);
});

test('with() changes another map, never the one that it was made of', () => {
  const next = many.with([
    [10_000, 'other'],
    [10_001, undefined],
    [29_999, 'new'],
    [5, undefined],
  ]);
  assert.deepEqual([many.size, next.size], [1_000, 1_000]);
  assert.deepEqual([many.get(10_000), many.has(10_001), many.has(29_999)], ['v0', true, false]);
  assert.deepEqual([next.get(10_000), next.has(10_001), next.get(29_999)], ['other', false, 'new']);
  assert.equal(many.with([]), many);
  assert.equal(many.with([...many.keys()].map((key) => [key, undefined])).size, 0);
});

test('parts() stay the same objects where nothing changes', () => {
  const before = new Set(many.parts());
  const fresh = [...many.with([[10_000, 'other']]).parts()].filter((part) => !before.has(part));
  assert.equal(fresh.length, 1);
});

const pairs = {
  'two immutable maps': (entries: [number, string][]) => ImmutableMap.of(entries),
  'two ordinary maps': (entries: [number, string][]) => new Map(entries),
};
for (const [what, make] of Object.entries(pairs)) {
  test(`differing() names the keys whose values differ, of ${what}`, () => {
    const before = make([[1, 'a'], [2, 'b'], [3, 'c'], [500, 'd']]); // prettier-ignore
    const after = make([[2, 'b'], [3, 'x'], [500, 'd'], [900, 'e']]); // prettier-ignore
    assert.deepEqual(
      differing<number, string>(before, after).toSorted((a, b) => a - b),
      [1, 3, 900],
    );
    assert.deepEqual(differing<number, string>(before, before), []);
  });
}

test('keys may be words, which spread over many parts', () => {
  const words = ImmutableMap.of<string, number>(
    Array.from({ length: 2_000 }, (_, n) => [`s-${n}`, n] as const),
  );
  const [most = 0] = [...words.parts()].map(({ size }) => size).sort((a, b) => b - a);
  assert.ok(most < 20, `${most} in one part`);
  const next = words.with([['s-7', 0], ['other', 1], ['s-8', undefined]]); // prettier-ignore
  assert.deepEqual(differing(words, next).toSorted(), ['other', 's-7', 's-8']);
  assert.deepEqual([words.size, next.size, next.get('s-7'), next.has('s-8')], [2_000, 2_000, 0, false]);
});

test('with() gives back the same map when nothing changes, and the same part where nothing changes', () => {
  assert.equal(many.with([[10_000, 'v0'], [5, undefined]]), many); // prettier-ignore
  const next = many.with([[10_000, 'v0'], [10_999, 'other']]); // prettier-ignore
  assert.equal([...next.parts()][0], [...many.parts()][0]);
  assert.deepEqual(differing(many, next), [10_999]);
});
