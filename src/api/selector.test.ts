import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { LabelSelector } from './objects.js';
import { isEmptySelector } from './selector.js';

const cases: Record<string, { selector: LabelSelector; empty: boolean }> = {
  'nothing at all': { selector: {}, empty: true },
  'no labels': { selector: { matchLabels: {} }, empty: true },
  'no requirements': { selector: { matchExpressions: [] }, empty: true },
  'a label': { selector: { matchLabels: { app: '' } }, empty: false },
  'a requirement': { selector: { matchExpressions: [{ key: 'app', operator: 'Exists' }] }, empty: false },
};

suite('isEmptySelector() judges', () => {
  for (const [what, { selector, empty }] of Object.entries(cases)) {
    test(what, () => assert.equal(isEmptySelector(selector), empty));
  }
});
