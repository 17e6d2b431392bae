import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  ArrayUnique,
  IsBoolean,
  IsDefined,
  IsIn,
  IsISO8601,
  IsObject,
  IsOptional,
  IsPositive,
  IsRFC3339,
  IsString,
  ValidateNested,
} from 'class-validator';
import { Doc, Rule, type ApiClass, type Schema } from '../api/crd.js';
import { Int, Nested, NestedList, Optional, Text, TextSet } from '../api/fields.js';
import { schemaOf } from './schema.js';

const name = { pattern: /^[a-z]+$/, maxLength: 9, fix: 'write letters' };
const nameSchema: Schema = {
  maxLength: 9,
  pattern: '^[a-z]+$',
  'x-kubernetes-validations': [{ rule: "self.matches(r'^[a-z]+$')", message: 'write letters' }],
};

@Doc('An inner object.', { 'x-kubernetes-map-type': 'atomic' })
@Rule<Inner>({ rule: 'self.size > 1', message: 'grow', fieldPath: '.size', holds: ({ size }) => size > 1 })
class Inner {
  @Doc('Its size.') @Int(1, 9) size: number = 3;
}

class Everything {
  @Doc('A text.') @Text(name) text!: string;
  @Doc('A choice.') @IsIn(['a', 'b']) choice: string = 'a';
  @Doc('A switch.') @Optional() @IsBoolean() switch?: boolean;
  @Doc('Texts.') @Optional() @TextSet(name, 4) texts?: string[];
  @Doc('One object.') @Nested(Inner) inner!: Inner;
  @Doc('Some objects.') @Optional() @NestedList(Inner, { keys: ['size'], maxItems: 2 }) list?: Inner[];
}

const innerSchema: Schema = {
  type: 'object',
  'x-kubernetes-map-type': 'atomic',
  'x-kubernetes-validations': [{ rule: 'self.size > 1', message: 'grow', fieldPath: '.size' }],
  properties: {
    size: { type: 'integer', format: 'int32', description: 'Its size.', minimum: 1, maximum: 9, default: 3 },
  },
};

test('schemaOf() describes fields, bounds, defaults, rules and what is required', () => {
  assert.deepEqual(schemaOf(Everything), {
    type: 'object',
    required: ['text', 'inner'],
    properties: {
      text: { type: 'string', description: 'A text.', ...nameSchema },
      choice: { type: 'string', description: 'A choice.', enum: ['a', 'b'], default: 'a' },
      switch: { type: 'boolean', description: 'A switch.' },
      texts: {
        type: 'array',
        description: 'Texts.',
        maxItems: 4,
        'x-kubernetes-list-type': 'set',
        items: { type: 'string', ...nameSchema },
      },
      inner: { ...innerSchema, description: 'One object.' },
      list: {
        type: 'array',
        description: 'Some objects.',
        maxItems: 2,
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['size'],
        items: { ...innerSchema, description: 'An inner object.' },
      },
    },
  });
});

/** A class with one field of these decorators. */
function withField(...decorators: PropertyDecorator[]): ApiClass {
  class Broken {
    field: unknown;
  }
  for (const decorate of decorators) decorate(Broken.prototype, 'field');
  return Broken;
}

const doc = Doc('A field.');

const broken: Record<string, { type: ApiClass; why: RegExp }> = {
  'a field without a description': { type: withField(IsString()), why: /Broken\.field: describe/ },
  'a date, which may be one of two types': {
    type: withField(doc, IsISO8601()),
    why: /may not contain oneOf/,
  },
  'what must not be null': { type: withField(doc, IsDefined()), why: /may not contain not/ },
  'an exclusive bound': { type: withField(doc, IsPositive()), why: /may not contain exclusiveMinimum/ },
  'unique items': { type: withField(doc, ArrayUnique()), why: /may not contain uniqueItems/ },
  'an object of unknown fields': { type: withField(doc, IsObject()), why: /would be stored empty/ },
  'a value without a type': { type: withField(doc, IsRFC3339()), why: /needs the type/ },
  'a list of anything': {
    type: withField(Doc('A field.', { type: 'array' }), IsOptional()),
    why: /a list needs items/,
  },
  'a list whose items have no type': {
    type: withField(Doc('A field.', { type: 'array', items: {} }), IsOptional()),
    why: /Broken\.field\[\]: a CRD needs the type/,
  },
  'a nested field without its class': { type: withField(doc, ValidateNested()), why: /needs @Type/ },
};

suite('schemaOf() fails the build for', () => {
  for (const [what, { type, why }] of Object.entries(broken)) {
    test(what, () => {
      assert.throws(() => schemaOf(type), why);
    });
  }
});
