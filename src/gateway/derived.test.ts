import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDerived } from './derived.js';
import { PortMap } from './portmap.js';

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
