import { defaultMetadataStorage } from 'class-transformer/cjs/storage.js';
import type { TypeMetadata } from 'class-transformer';
import { getMetadataStorage, ValidationTypes } from 'class-validator';
import { targetConstructorToSchema } from 'class-validator-jsonschema';
import type { ISchemaConverters } from 'class-validator-jsonschema/build/defaultConverters.js';
import { keywordsOf, celRulesOf, type ApiClass, type CelRule, type Schema } from '../api/crd.js';
import { runtimeOnly } from '../api/fields.js';

/** All keywords that our schemas may have. */
const keywords: ReadonlySet<string> = new Set<keyof Schema>([
  'default',
  'description',
  'enum',
  'format',
  'nullable',
  'pattern',
  'type',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'additionalProperties',
  'items',
  'properties',
  'required',
  'x-kubernetes-int-or-string',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-list-type',
  'x-kubernetes-map-type',
  'x-kubernetes-validations',
]);

/** Converters that the library lacks: fields of a class are described in place, because a CRD may have no references. */
const converters: ISchemaConverters = {
  [ValidationTypes.NESTED_VALIDATION]: ({ target, propertyName }) => {
    // class-transformer returns undefined for a field without @Type, although its types do not say so
    const type = defaultMetadataStorage.findTypeMetadata(target as ApiClass, propertyName) as
      TypeMetadata | undefined;
    if (type === undefined) throw new Error(`${nameOf(target)}.${propertyName}: a nested field needs @Type`);
    return fieldsOf(type.typeFunction() as ApiClass) as ReturnType<typeof targetConstructorToSchema>;
  },
  [runtimeOnly]: {},
};

/**
 * The structural schema of a class of the API, for a CRD (apiextensions.k8s.io/v1).
 *
 * @throws Error, naming the field, for what a CRD may not contain: a bad decorator fails the build, not the install
 */
export function schemaOf(type: ApiClass): Schema {
  const schema = fieldsOf(type);
  check(schema, type.name);
  return schema;
}

function fieldsOf(type: ApiClass): Schema {
  const { properties = {}, required = [] } = targetConstructorToSchema(type, {
    additionalConverters: converters,
    classTransformerMetadataStorage: defaultMetadataStorage,
    classValidatorMetadataStorage: getMetadataStorage(),
  }) as Schema;
  const defaults = new Map(Object.entries(new type()).filter(([, value]) => value !== undefined));
  const fields = Object.entries(properties).map(([field, validated]) => {
    const written: Schema = { ...validated, ...keywordsOf(type, field) };
    if (defaults.has(field)) written.default = defaults.get(field);
    // a field of a class has the rules of that class in addition to its own
    const rules = [
      ...(validated['x-kubernetes-validations'] ?? []),
      ...(keywordsOf(type, field)['x-kubernetes-validations'] ?? []),
    ];
    if (rules.length > 0) written['x-kubernetes-validations'] = rules;
    return [field, written] as const;
  });
  const needed = required.filter((field) => !defaults.has(field));
  const rules = celRulesOf(type).map(toCel);
  return {
    type: 'object',
    ...keywordsOf(type),
    ...(rules.length > 0 && { 'x-kubernetes-validations': rules }),
    ...(needed.length > 0 && { required: needed }),
    properties: Object.fromEntries(fields),
  };
}

function toCel({ rule, message, messageExpression, fieldPath }: CelRule): CelRule {
  return {
    rule,
    ...(message !== undefined && { message }),
    ...(messageExpression !== undefined && { messageExpression }),
    ...(fieldPath !== undefined && { fieldPath }),
  };
}

/** Checks one node and the nodes below it. */
function check(schema: Schema, path: string): void {
  const { type, items, properties, additionalProperties } = schema;
  const unknown = Object.keys(schema).filter((keyword) => !keywords.has(keyword));
  if (unknown.length > 0) throw new Error(`${path}: a CRD may not contain ${unknown.join(', ')}`);
  if (type === undefined && schema['x-kubernetes-int-or-string'] === undefined) {
    throw new Error(`${path}: a CRD needs the type of every value`);
  }
  if (type === 'array' && items === undefined) throw new Error(`${path}: a list needs items`);
  if (type === 'object' && properties === undefined && additionalProperties === undefined) {
    throw new Error(`${path}: an object without known fields would be stored empty`);
  }
  if (items) check(items, `${path}[]`);
  if (additionalProperties) check(additionalProperties, `${path}{}`);
  for (const [field, inner] of Object.entries(properties ?? {})) {
    if (!inner.description) throw new Error(`${path}.${field}: describe the field, for kubectl explain`);
    check(inner, `${path}.${field}`);
  }
}

const nameOf = (target: unknown) => (typeof target === 'function' ? target.name : String(target));
