import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PortMap, createDerived, differing, routesByPort } from './portmap.js';

const many = PortMap.of<string>(Array.from({ length: 1_000 }, (_, n) => [10_000 + n, `v${n}`] as const));

test('a map holds what it was made of, the last of each key', () => {
  const map = PortMap.of<string>([
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
  assert.equal(PortMap.of(map), map);
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
  'two maps of ports': (entries: [number, string][]) => PortMap.of(entries),
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

test('keys may be the digits of a port', () => {
  const before = PortMap.of<string, string>([['10000', 'a'], ['20000', 'b']]); // prettier-ignore
  assert.deepEqual(differing(before, before.with([['20000', 'c']])), ['20000']);
});

test('routesByPort() takes a list, and gives back a map of ports as it is', () => {
  const route = { port: 10_000, link: 'paris', label: 's-a' };
  const map = routesByPort([route]);
  assert.equal(map.get(10_000), route);
  assert.equal(routesByPort(map), map);
});

/** A derivation that notes which ports it has looked at. */
function noting() {
  const derive = createDerived<number, string, string>(String);
  const seen: number[] = [];
  return (from: PortMap<number>, basis: unknown) => {
    seen.length = 0;
    const to = derive(from, basis, (value, port) => {
      seen.push(port);
      return value === 0 ? undefined : `${String(basis)}${value}`;
    });
    return { entries: [...to], seen: [...seen] };
  };
}

test('a derived map looks at everything once, and then at what has changed', () => {
  const derive = noting();
  const first = PortMap.of([[1, 10], [2, 0], [3, 30]]); // prettier-ignore
  assert.deepEqual(derive(first, 'x'), { entries: [['1', 'x10'], ['3', 'x30']], seen: [1, 2, 3] }); // prettier-ignore
  assert.deepEqual(derive(first, 'x').seen, []);
  const second = first.with([[2, 20], [3, undefined]]); // prettier-ignore
  assert.deepEqual(derive(second, 'x'), { entries: [['1', 'x10'], ['2', 'x20']], seen: [2] }); // prettier-ignore
  assert.deepEqual(derive(second.with([[1, 0]]), 'x'), { entries: [['2', 'x20']], seen: [1] });
});

test('a derived map is made anew on another basis', () => {
  const derive = noting();
  const from = PortMap.of([[1, 10]]);
  derive(from, 'x');
  assert.deepEqual(derive(from, 'y'), { entries: [['1', 'y10']], seen: [1] });
});
