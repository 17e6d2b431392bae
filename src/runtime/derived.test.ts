import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDerived } from './derived.js';
import { ImmutableMap } from './immutable.js';

/** A derivation that notes which values it has looked at: each leads to as many entries as it says. */
function noting() {
  const derive = createDerived<string, number, string, string>();
  const seen: number[] = [];
  return (from: ImmutableMap<string, number>, basis: string) => {
    seen.length = 0;
    const to = derive(
      from,
      basis,
      (value, key) => {
        seen.push(value);
        return Array.from({ length: value }, (_, n) => [`${key}${n}`, `${basis}${value}`] as const);
      },
      [['always', basis]],
    );
    return { entries: Object.fromEntries(to), seen: [...seen], to };
  };
}

const first = ImmutableMap.of<string, number>([['a', 1], ['b', 0], ['c', 2]]); // prettier-ignore

test('createDerived() looks at everything once, and then at what has changed', () => {
  const derive = noting();
  const whole = derive(first, 'x');
  assert.deepEqual(whole.entries, { always: 'x', a0: 'x1', c0: 'x2', c1: 'x2' });
  assert.deepEqual(whole.seen.toSorted(), [0, 1, 2]);
  assert.deepEqual(derive(first, 'x').seen, []);
  const { entries, seen } = derive(first.with([['b', 3], ['c', undefined]]), 'x'); // prettier-ignore
  assert.deepEqual(entries, { always: 'x', a0: 'x1', b0: 'x3', b1: 'x3', b2: 'x3' });
  assert.ok(!seen.includes(1), 'what stays is not looked at');
  assert.deepEqual(derive(first, 'x').entries, whole.entries);
});

test('createDerived() makes everything anew on another basis', () => {
  const derive = noting();
  derive(first, 'x');
  assert.deepEqual(derive(first, 'y').entries, { always: 'y', a0: 'y1', c0: 'y2', c1: 'y2' });
});

test('createDerived() shares what stays, and gives back the same map when nothing of it changes', () => {
  const derive = noting();
  const { to } = derive(first, 'x');
  assert.equal(derive(first.with([['d', 0]]), 'x').to, to);
  const next = derive(first.with([['c', 3]]), 'x').to;
  assert.equal([...next.parts()].filter((part) => ![...to.parts()].includes(part)).length <= 3, true);
});
