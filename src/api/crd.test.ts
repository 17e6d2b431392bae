import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Doc, Keywords, keywordsOf, Rule, celRulesOf } from './crd.js';

const rule = (name: string) => ({ rule: name, message: name });

@Doc('of the class')
@Rule(rule('first'))
@Rule(rule('second'))
class Documented {
  @Doc('of the field', { maxLength: 1 })
  @Keywords({ maxLength: 2, pattern: 'a', 'x-kubernetes-validations': [rule('later')] })
  field = '';

  other = '';
}

class Bare {}

test('keywordsOf() lets the first decorator in the source win', () => {
  const { description, maxLength, pattern } = keywordsOf(Documented, 'field');
  assert.deepEqual(
    { description, maxLength, pattern },
    { description: 'of the field', maxLength: 1, pattern: 'a' },
  );
});

test('keywordsOf() keeps the CEL rules of all decorators, in the order of the source', () => {
  class Ruled {
    @Keywords({ 'x-kubernetes-validations': [rule('first')] })
    @Keywords({ 'x-kubernetes-validations': [rule('second')] })
    field = '';
  }
  assert.deepEqual(keywordsOf(Ruled, 'field')['x-kubernetes-validations'], [rule('first'), rule('second')]);
});

test('keywordsOf() tells a class from its fields', () => {
  assert.deepEqual(keywordsOf(Documented), { description: 'of the class' });
  assert.deepEqual(keywordsOf(Documented, 'other'), {});
  assert.deepEqual(keywordsOf(Bare), {});
});

test('rulesOf() keeps the order of the source', () => {
  assert.deepEqual(celRulesOf(Documented), [rule('first'), rule('second')]);
  assert.deepEqual(celRulesOf(Bare), []);
});
