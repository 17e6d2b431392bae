import assert from 'node:assert/strict';
import { test } from 'node:test';
import { covers, difference, equal, exactly } from './difference.js';

const differences: Record<
  string,
  { desired: object; actual: object | undefined; patch: object | undefined }
> = {
  'nothing to do': {
    desired: { a: 1, b: { c: [1] } },
    actual: { a: 1, b: { c: [1], d: 2 }, e: 3 },
    patch: undefined,
  },
  'only what differs': {
    desired: { a: 1, b: { c: 2, d: 3 } },
    actual: { a: 1, b: { c: 2 } },
    patch: { b: { d: 3 } },
  },
  'what others set survives': { desired: { a: {} }, actual: { a: { theirs: 1 } }, patch: undefined },
  'null removes': { desired: { a: null, b: null }, actual: { a: 1 }, patch: { a: null } },
  'null below what is absent asks for nothing': { desired: { a: { b: null } }, actual: {}, patch: undefined },
  'null below what is new is left out': {
    desired: { a: { b: null, c: 1 } },
    actual: {},
    patch: { a: { c: 1 } },
  },
  'undefined says nothing': { desired: { a: undefined }, actual: { a: 1 }, patch: undefined },
  'arrays are whole and in order': { desired: { a: [1, 2] }, actual: { a: [2, 1] }, patch: { a: [1, 2] } },
  'an array shorter by one': { desired: { a: [1] }, actual: { a: [1, 2] }, patch: { a: [1] } },
  'objects in arrays are the same in any field order': {
    desired: { a: [{ x: 1, y: 2 }] },
    actual: { a: [{ y: 2, x: 1 }] },
    patch: undefined,
  },
  'a field too many in an array counts': {
    desired: { a: [{ x: 1 }] },
    actual: { a: [{ x: 1, y: 2 }] },
    patch: { a: [{ x: 1 }] },
  },
  'empty and absent are the same': { desired: { a: [], b: {} }, actual: { c: 1 }, patch: undefined },
  'an array that is to be empty': { desired: { a: [] }, actual: { a: [1] }, patch: { a: [] } },
  'an object where there was a word': {
    desired: { a: { b: 1 } },
    actual: { a: 'x' },
    patch: { a: { b: 1 } },
  },
  'a word where there was an object': { desired: { a: 'x' }, actual: { a: { b: 1 } }, patch: { a: 'x' } },
  'false and zero are values': { desired: { a: false, b: 0 }, actual: {}, patch: { a: false, b: 0 } },
  'no object at all': { desired: { a: 1 }, actual: undefined, patch: { a: 1 } },
};
for (const [title, { desired, actual, patch }] of Object.entries(differences))
  test(`difference(): ${title}`, () =>
    assert.deepEqual(difference(desired as never, actual as never), patch));

const pairs: Record<string, [unknown, unknown, boolean]> = {
  'field order does not matter': [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
  'a field too many does': [{ a: 1 }, { a: 1, b: 2 }, false],
  'absent, null and empty are one': [{ a: 1, b: [] }, { a: 1, c: null, d: {} }, true],
  'an empty text is a value': [{ a: '' }, {}, false],
  'an array is not an object': [[1], { 0: 1 }, false],
};
for (const [title, [a, b, expected]] of Object.entries(pairs))
  test(`equal(): ${title}`, () => {
    assert.equal(equal(a, b), expected);
    assert.equal(equal(b, a), expected);
  });

const ready = { type: 'Ready', status: 'True' };
const coverings: Record<string, [actual: unknown, desired: unknown, boolean]> = {
  'conditions of others may be there': [
    { conditions: [{ type: 'Connected' }, ready] },
    { conditions: [ready] },
    true,
  ],
  'a condition that differs': [
    { conditions: [{ ...ready, status: 'False' }] },
    { conditions: [ready] },
    false,
  ],
  'a condition that is missing': [{ conditions: [{ type: 'Connected' }] }, { conditions: [ready] }, false],
  'no condition wanted, and those of others there': [{ conditions: [ready] }, { conditions: [] }, true],
  'an empty list wanted, and another there': [{ a: [1] }, { a: [] }, false],
  'no status at all': [undefined, { conditions: [ready] }, false],
  'fields of others may be there': [{ a: 1, b: 2 }, { a: 1 }, true],
  'other lists must be the same': [{ a: [1, 2] }, { a: [1] }, false],
};
for (const [title, [actual, desired, expected]] of Object.entries(coverings))
  test(`covers(): ${title}`, () => assert.equal(covers(actual, desired), expected));

const cases: Readonly<Record<string, [...Parameters<typeof exactly>, expected: object]>> = {
  'keeps what is wanted where there is nothing yet': [{ a: '1' }, undefined, { a: '1' }],
  'takes away what is no longer wanted': [{ a: '1' }, { a: '0', b: '2' }, { a: '1', b: null }],
  'takes away everything': [{}, { a: '0', b: '2' }, { a: null, b: null }],
};

for (const [what, [wanted, actual, expected]] of Object.entries(cases)) {
  test(`exactly() ${what}`, () => assert.deepEqual(exactly(wanted, actual), expected));
}
