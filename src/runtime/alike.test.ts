import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { alike } from './alike.js';

describe('alike()', () => {
  const deep = { a: { b: {} } };
  const cases: Record<string, { a: unknown; b: unknown; depth?: number; is: boolean }> = {
    'takes a value for itself, however deep': { a: deep, b: deep, depth: 0, is: true },
    'compares what is no object by value': { a: { n: 1, s: 'x' }, b: { n: 1, s: 'x' }, is: true },
    'tells values apart': { a: { n: 1 }, b: { n: 2 }, is: false },
    'compares lists by their parts': { a: [{ n: 1 }], b: [{ n: 1 }], is: true },
    'tells a longer list': { a: [1], b: [1, 2], is: false },
    'tells a list in another order': { a: [1, 2], b: [2, 1], is: false },
    'compares maps by their entries': { a: new Map([[80, 1]]), b: new Map([[80, 1]]), is: true },
    'tells maps with other values': { a: new Map([[80, 1]]), b: new Map([[80, 2]]), is: false },
    'tells maps with other keys': { a: new Map([[80, 1]]), b: new Map([[81, 1]]), is: false },
    'tells a field that one of them lacks': { a: { n: undefined }, b: { m: undefined }, is: false },
    'tells a field more': { a: {}, b: { n: undefined }, is: false },
    'tells a list from an object': { a: [], b: {}, is: false },
    'takes no object of a class for another': { a: new Date(0), b: new Date(0), is: false },
    'looks so many levels deep': { a: { a: { b: 1 } }, b: { a: { b: 1 } }, depth: 2, is: true },
    'and asks for the very same below': { a: { a: { b: 1 } }, b: { a: { b: 1 } }, depth: 1, is: false },
  };
  for (const [sentence, { a, b, depth = 3, is }] of Object.entries(cases))
    it(sentence, () => {
      assert.equal(alike(a, b, depth), is);
      assert.equal(alike(b, a, depth), is);
    });
});
