import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { LabelSelector } from '../api/objects.js';
import { matches } from '../runtime/selector.js';
import { admits, eitherOf, requires } from './selectors.js';

const labels = (...matchLabels: [string, string][]): LabelSelector => ({
  matchLabels: Object.fromEntries(matchLabels),
});
const one = (key: string, operator: string, ...values: string[]): LabelSelector => ({
  matchExpressions: [{ key, operator, ...(values.length > 0 && { values }) }],
});

/** Two selectors, and whether one can say what either of them selects. */
const pairs: Readonly<Record<string, readonly [LabelSelector, LabelSelector, boolean]>> = {
  'the same': [labels(['a', '1']), one('a', 'In', '1'), true],
  'other values of one label': [labels(['a', '1']), labels(['a', '2']), true],
  'other values, beside a requirement of both': [
    labels(['a', '1'], ['b', '1']),
    labels(['b', '1'], ['a', '2']),
    true,
  ],
  'values that overlap': [one('a', 'In', '1', '2'), one('a', 'In', '2', '3'), true],
  'one asks for less': [labels(['a', '1']), labels(['a', '1'], ['b', '1']), true],
  'the other one asks for less': [labels(['a', '1'], ['b', '1']), labels(['a', '1']), true],
  'other labels': [labels(['a', '1']), labels(['b', '1']), false],
  'two labels differ': [labels(['a', '1'], ['b', '1']), labels(['a', '2'], ['b', '2']), false],
  'a value, and none at all': [labels(['a', '1']), one('a', 'DoesNotExist'), false],
  'values that are excluded': [one('a', 'NotIn', '1'), one('a', 'NotIn', '2'), false],
};

const objects = ['', '1', '2', '3'].flatMap((a) =>
  ['', '1', '2'].map((b) => ({ ...(a !== '' && { a }), ...(b !== '' && { b }) })),
);

suite('eitherOf() selects what either selects, where one selector can say it', () => {
  for (const [what, [a, b, possible]] of Object.entries(pairs))
    test(what, () => {
      const both = eitherOf(a, b);
      assert.equal(both !== undefined, possible);
      if (both === undefined) return;
      for (const object of objects)
        assert.equal(matches(both, object), matches(a, object) || matches(b, object), JSON.stringify(object));
    });
});

suite('admits() and requires() a value of a label', () => {
  const cases: Readonly<Record<string, readonly [LabelSelector, admits: boolean, requires: boolean]>> = {
    'that value': [labels(['a', '1']), true, true],
    'another value': [labels(['a', '2']), false, false],
    'one of several': [one('a', 'In', '1', '2'), true, false],
    'not that one': [one('a', 'NotIn', '1'), false, false],
    'not another one': [one('a', 'NotIn', '2'), true, false],
    'any value': [one('a', 'Exists'), true, false],
    none: [one('a', 'DoesNotExist'), false, false],
    'another label': [labels(['b', '2']), true, false],
  };
  for (const [what, [selector, may, must]] of Object.entries(cases))
    test(what, () => {
      assert.deepEqual([admits(selector, 'a', '1'), requires(selector, 'a', '1')], [may, must]);
    });
});
