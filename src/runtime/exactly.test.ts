import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exactly } from './exactly.js';

const cases: Readonly<Record<string, [...Parameters<typeof exactly>, expected: object]>> = {
  'keeps what is wanted where there is nothing yet': [{ a: '1' }, undefined, { a: '1' }],
  'takes away what is no longer wanted': [{ a: '1' }, { a: '0', b: '2' }, { a: '1', b: null }],
  'takes away everything': [{}, { a: '0', b: '2' }, { a: null, b: null }],
};

for (const [what, [wanted, actual, expected]] of Object.entries(cases)) {
  test(`exactly() ${what}`, () => assert.deepEqual(exactly(wanted, actual), expected));
}
