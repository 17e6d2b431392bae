import 'reflect-metadata';

/** One validation rule in CEL; `message` or `messageExpression` says how to fix the object. */
export interface CelRule {
  rule: string;
  message?: string;
  messageExpression?: string;
  /** Field, relative to the rule's place, that the API server names when it refuses an object. */
  fieldPath?: string;
}

/** The part of JSON schema that a structural CRD schema may hold (apiextensions.k8s.io/v1 JSONSchemaProps). */
export interface Schema {
  description?: string;
  type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  format?: string;
  default?: unknown;
  enum?: unknown[];
  nullable?: boolean;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  minProperties?: number;
  maxProperties?: number;
  required?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: Schema;
  items?: Schema;
  'x-kubernetes-int-or-string'?: true;
  'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-map-type'?: 'atomic' | 'granular';
  'x-kubernetes-validations'?: CelRule[];
}

/** A rule over several fields of one object: CEL for the API server, the same in TypeScript for run time. */
export interface ObjectRule<T> extends CelRule {
  message: string;
  /** Absent for rules about a change (`oldSelf`), which only the API server can judge. */
  holds?: (self: T) => boolean;
}

const schemaKey = Symbol('crd schema');
const rulesKey = Symbol('crd rules');

/** A class whose instances are fields, or the whole, of a custom resource. */
export type ApiClass<T extends object = object> = new () => T;

/**
 * Describes a field, or with `@Doc` on a class every field of that class's type that has no text of its own, for
 * `kubectl explain`; `keywords` add to, and win over, what the validators of the field say.
 */
export function Doc(description: string, keywords: Schema = {}): PropertyDecorator & ClassDecorator {
  return (target: object, property?: string | symbol) => {
    addKeywords(target, property, { description, ...keywords });
  };
}

/** Adds keywords to a field's schema; CEL rules pile up, of any other keyword the first one in the source wins. */
export function Keywords(keywords: Schema): PropertyDecorator {
  return (target, property) => {
    addKeywords(target, property, keywords);
  };
}

/** A rule over an object, held by the API server (CEL) and at run time (`holds`). */
export function Rule<T extends object>(rule: ObjectRule<T>): (target: ApiClass<T>) => void {
  return (target) => {
    // decorators run from the last to the first: the order of the source is kept by putting each before the others
    Reflect.defineMetadata(rulesKey, [rule, ...celRulesOf<T>(target)], target);
  };
}

/** The texts and keywords that {@link Doc} and {@link Keywords} set for a class or for one of its fields. */
export function keywordsOf(type: ApiClass, field?: string): Schema {
  const found: unknown =
    field === undefined
      ? Reflect.getOwnMetadata(schemaKey, type)
      : Reflect.getMetadata(schemaKey, type.prototype as object, field);
  return (found as Schema | undefined) ?? {};
}

/** The rules of a class, in the order of its source. */
export function celRulesOf<T extends object>(type: ApiClass<T>): readonly ObjectRule<T>[] {
  return (Reflect.getOwnMetadata(rulesKey, type) as ObjectRule<T>[] | undefined) ?? [];
}

function addKeywords(target: object, property: string | symbol | undefined, keywords: Schema): void {
  const before = (
    property === undefined
      ? Reflect.getOwnMetadata(schemaKey, target)
      : Reflect.getOwnMetadata(schemaKey, target, property)
  ) as Schema | undefined;
  const merged: Schema = { ...before, ...keywords };
  const rules = [
    ...(keywords['x-kubernetes-validations'] ?? []),
    ...(before?.['x-kubernetes-validations'] ?? []),
  ];
  if (rules.length > 0) merged['x-kubernetes-validations'] = rules;
  if (property === undefined) Reflect.defineMetadata(schemaKey, merged, target);
  else Reflect.defineMetadata(schemaKey, merged, target, property);
}
