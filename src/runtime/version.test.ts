import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOlder } from './version.js';

const cases: Record<string, [string, string, boolean]> = {
  'a smaller number': ['99', '100', true],
  'a larger number': ['100', '99', false],
  'the same': ['100', '100', false],
  'numbers beyond 64 bit': ['36893488147419103231', '36893488147419103232', true],
  'zero, which is no version': ['0', '5', false],
  'what is no number': ['abc', '5', false],
  'what is compared with no number': ['5', 'abc', false],
  'leading zeros': ['05', '7', false],
  nothing: ['', '7', false],
};
for (const [title, [version, than, expected]] of Object.entries(cases))
  test(`isOlder(): ${title}`, () => assert.equal(isOlder(version, than), expected));
