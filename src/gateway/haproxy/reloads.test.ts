import assert from 'node:assert/strict';
import { test } from 'node:test';
import { causesOf } from './reloads.js';
import type { Parts } from './render/layout.js';

const parts =
  (texts: Record<string, string>): Parts =>
  () =>
    new Map(Object.entries(texts));

const before = parts({ '': 'front', a: 'one', b: 'two' });

const cases: Record<string, readonly [Parts | undefined, Parts, readonly string[]]> = {
  'the link of a part that has changed': [before, parts({ '': 'front', a: 'one', b: 'three' }), ['b']],
  'a link that has come': [before, parts({ '': 'front', a: 'one', b: 'two', c: 'four' }), ['c']],
  'a link that has gone': [before, parts({ '': 'front', a: 'one' }), ['b']],
  'several links': [before, parts({ '': 'front', a: '', b: '' }), ['a', 'b']],
  'no link where what follows from none has changed': [
    before,
    parts({ '': 'other', a: 'one', b: 'two' }),
    [''],
  ],
  'no link where nothing of that has changed': [before, before, ['']],
  'no link where it is not known what runs': [undefined, before, ['']],
};

for (const [what, [is, next, causes]] of Object.entries(cases))
  test(`causesOf() names ${what}`, () => assert.deepEqual(causesOf(is, next), causes));
