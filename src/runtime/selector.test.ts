import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LabelSelector } from '../api/objects.js';
import { labelSelectorToString, matches } from './selector.js';

const expression = (key: string, operator: string, ...values: string[]): LabelSelector => ({
  matchExpressions: [{ key, operator, values }],
});

const cases: Record<string, { selector: LabelSelector; text: string; yes: object[]; no: object[] }> = {
  'empty selects all': { selector: {}, text: '', yes: [{}, { a: '1' }], no: [] },
  'all labels must fit': {
    selector: { matchLabels: { a: '1', b: '2' } },
    text: 'a=1,b=2',
    yes: [{ a: '1', b: '2', c: '3' }],
    no: [{}, { a: '1' }, { a: '1', b: '1' }],
  },
  In: {
    selector: expression('a', 'In', '1', '2'),
    text: 'a in (1,2)',
    yes: [{ a: '2' }],
    no: [{}, { a: '3' }],
  },
  'NotIn holds for what has no such label': {
    selector: expression('a', 'NotIn', '1'),
    text: 'a notin (1)',
    yes: [{}, { a: '2' }],
    no: [{ a: '1' }],
  },
  Exists: { selector: expression('a', 'Exists'), text: 'a', yes: [{ a: '' }], no: [{}] },
  DoesNotExist: { selector: expression('a', 'DoesNotExist'), text: '!a', yes: [{}], no: [{ a: '' }] },
  'labels and expressions together': {
    selector: { matchLabels: { a: '1' }, ...expression('b', 'Exists') },
    text: 'a=1,b',
    yes: [{ a: '1', b: '' }],
    no: [{ a: '1' }, { b: '' }],
  },
};
for (const [title, { selector, text, yes, no }] of Object.entries(cases))
  test(`a label selector: ${title}`, () => {
    assert.equal(labelSelectorToString(selector), text);
    for (const labels of yes)
      assert.ok(matches(selector, labels as Record<string, string>), JSON.stringify(labels));
    for (const labels of no)
      assert.ok(!matches(selector, labels as Record<string, string>), JSON.stringify(labels));
  });

test('an unknown operator is an error, not a match', () => {
  assert.throws(() => matches(expression('a', 'Like', 'x'), {}), /use In, NotIn/);
  assert.throws(() => labelSelectorToString(expression('a', 'Like', 'x')), /use In, NotIn/);
});
