import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateBy,
  ValidateNested,
  type ValidationOptions,
} from 'class-validator';
import { Type } from 'class-transformer';
import { Keywords, type ApiClass, type CelRule, type Schema } from './crd.js';
import type { Format } from './formats.js';

/** Validators of this name check at run time only; the field's keywords tell the API server. */
export const runtimeOnly = 'runtimeOnly';

/** A text of that form. */
export function Text(format: Format): PropertyDecorator {
  return every(...textValidators(format), Keywords(textKeywords(format)));
}

/** A list of texts of that form, each at most once. */
export function TextSet(format: Format, maxItems: number): PropertyDecorator {
  return every(
    IsArray({ message: 'write a list' }),
    ArrayMaxSize(maxItems, { message: `write at most ${maxItems} items` }),
    ...textValidators(format, { each: true }),
    Unique(),
    Keywords({
      type: 'array',
      maxItems,
      items: { type: 'string', ...textKeywords(format) },
      'x-kubernetes-list-type': 'set',
    }),
  );
}

/** A whole number within bounds. */
export function Int(least: number, most: number): PropertyDecorator {
  const message = `write a whole number from ${least} to ${most}`;
  return every(
    IsInt({ message }),
    Min(least, { message }),
    Max(most, { message }),
    Keywords({ type: 'integer', format: 'int32' }),
  );
}

/** An object of that class. */
export function Nested(type: ApiClass): PropertyDecorator {
  return every(
    ValidateNested({ message: 'write an object' }),
    // ValidateNested alone accepts null and undefined
    Check((value) => typeof value === 'object' && value !== null, 'write an object'),
    Type(() => type),
  );
}

/** A list of objects of that class; `keys` are the fields that together tell them apart. */
export function NestedList(type: ApiClass, { keys, maxItems, minItems = 0 }: ListBounds): PropertyDecorator {
  const bounds = `write ${minItems > 0 ? `${minItems} to` : 'at most'} ${maxItems} items`;
  return every(
    IsArray({ message: 'write a list' }),
    ArrayMaxSize(maxItems, { message: bounds }),
    ...(minItems > 0 ? [ArrayMinSize(minItems, { message: bounds })] : []),
    ValidateNested({ each: true, message: 'write a list of objects' }),
    Type(() => type),
    Keywords(
      keys === undefined
        ? { 'x-kubernetes-list-type': 'atomic' }
        : { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [...keys] },
    ),
  );
}

/** Bounds of a list of objects; without `keys` the list is written as one value. */
export interface ListBounds {
  readonly keys?: readonly string[];
  readonly maxItems: number;
  readonly minItems?: number;
}

/** The field may be left out. */
export const Optional = (): PropertyDecorator => IsOptional();

/** Checks at run time what the field's keywords make the API server check. */
export function Check(holds: (value: unknown) => boolean, message: string): PropertyDecorator {
  return ValidateBy({ name: runtimeOnly, validator: { validate: holds, defaultMessage: () => message } });
}

function textValidators(format: Format, options: ValidationOptions = {}): PropertyDecorator[] {
  const { pattern, maxLength, fix: message, holds } = format;
  const validators = [
    IsString({ ...options, message }),
    MaxLength(maxLength, { ...options, message }),
    Matches(pattern, { ...options, message }),
  ];
  if (holds === undefined) return validators;
  // a text that breaks the pattern has a message already, and the further check may fail on it
  const validate = (text: unknown) => typeof text !== 'string' || !pattern.test(text) || holds(text);
  const further = { name: runtimeOnly, validator: { validate, defaultMessage: () => message } };
  return [...validators, ValidateBy(further, options)];
}

function textKeywords({ pattern, maxLength, fix, cel }: Format): Schema {
  const matches = `self.matches(r'${pattern.source}')`;
  const rule: CelRule = { rule: cel === undefined ? matches : `${matches} && (${cel})`, message: fix };
  return { maxLength, pattern: pattern.source, 'x-kubernetes-validations': [rule] };
}

function Unique(): PropertyDecorator {
  const unique = (value: unknown) => !Array.isArray(value) || new Set(value).size === value.length;
  return Check(unique, 'write each item once');
}

function every(...decorators: PropertyDecorator[]): PropertyDecorator {
  return (target, property) => {
    for (const decorate of decorators) decorate(target, property);
  };
}
