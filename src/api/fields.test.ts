import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { Check, Int, Nested, NestedList, Optional, Text, TextSet } from './fields.js';
import { dnsLabel } from './formats.js';

class Inner {
  @Text(dnsLabel('a name'))
  name!: string;
}

class Outer {
  @Optional() @Text(dnsLabel('a name', 3)) text?: string;
  @Optional() @TextSet(dnsLabel('a name'), 2) texts?: string[];
  @Optional() @Int(1, 9) int?: number;
  @Nested(Inner) inner!: Inner;
  @Optional() @NestedList(Inner, { keys: ['name'], minItems: 1, maxItems: 2 }) list?: Inner[];
  @Optional() @Check((value) => value === 'yes', 'say yes') checked?: string;
}

const inner = { name: 'a' };
const good = { inner };

/** Paths of the fields that are refused. */
function refused(plain: object): string[] {
  const walk = (errors: ReturnType<typeof validateSync>, parent: string): string[] =>
    errors.flatMap(({ property, constraints, children = [] }) => [
      ...(constraints ? [`${parent}${property}`] : []),
      ...walk(children, `${parent}${property}.`),
    ]);
  return walk(validateSync(plainToInstance(Outer, plain)), '');
}

const cases: Record<string, { plain: object; fields: string[] }> = {
  'nothing, where only an object is needed': { plain: good, fields: [] },
  'a missing object': { plain: {}, fields: ['inner'] },
  'a word in place of an object': { plain: { inner: 'a' }, fields: ['inner'] },
  'a bad field of an object': { plain: { inner: { name: 'A' } }, fields: ['inner.name'] },
  'a text that is too long': { plain: { ...good, text: 'aaaa' }, fields: ['text'] },
  'a number in place of a text': { plain: { ...good, text: 1 }, fields: ['text'] },
  'a list with one item twice': { plain: { ...good, texts: ['a', 'a'] }, fields: ['texts'] },
  'a list that is too long': { plain: { ...good, texts: ['a', 'b', 'c'] }, fields: ['texts'] },
  'a list with a bad text': { plain: { ...good, texts: ['A'] }, fields: ['texts'] },
  'a fraction': { plain: { ...good, int: 1.5 }, fields: ['int'] },
  'a number out of bounds': { plain: { ...good, int: 10 }, fields: ['int'] },
  'a number at its bound': { plain: { ...good, int: 9 }, fields: [] },
  'an empty list of objects': { plain: { ...good, list: [] }, fields: ['list'] },
  'too many objects': { plain: { ...good, list: [inner, inner, inner] }, fields: ['list'] },
  'a bad object in a list': { plain: { ...good, list: [inner, {}] }, fields: ['list.1.name'] },
  'what a check does not take': { plain: { ...good, checked: 'no' }, fields: ['checked'] },
};

suite('the decorators of fields judge', () => {
  for (const [what, { plain, fields }] of Object.entries(cases)) {
    test(what, () => assert.deepEqual(refused(plain), fields));
  }
});
