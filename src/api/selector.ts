import { IsArray, IsIn, IsObject, IsString } from 'class-validator';
import { Doc, Keywords, Rule } from './crd.js';
import { Check, NestedList, Optional } from './fields.js';
import type { LabelSelector } from './objects.js';

const operators = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;

/** A label's key: an optional DNS prefix and a name of at most 63 characters. */
export const labelKey =
  /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?[/])?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
/** A label's value. */
export const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const keyFix = "write label keys like 'app' or 'example.com/team'";
const valueFix = "write label values of at most 63 letters, digits, '-', '_' and '.'";

const value = { type: 'string', maxLength: 63 } as const;
const isValue = (text: unknown) => typeof text === 'string' && labelValue.test(text);

/** One requirement of a label selector. */
@Doc('One requirement on a label; all requirements of a selector must hold.')
@Rule<Requirement>({
  rule: "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
  message: 'operators In and NotIn need values; Exists and DoesNotExist must have none',
  holds: ({ operator, values = [] }) => ['In', 'NotIn'].includes(operator) === values.length > 0,
})
export class Requirement {
  @Doc('Key of the label.', { maxLength: 317 })
  @IsString({ message: keyFix })
  @Keywords({
    'x-kubernetes-validations': [{ rule: `self.matches(r'${labelKey.source}')`, message: keyFix }],
  })
  @Check((key) => typeof key === 'string' && labelKey.test(key), keyFix)
  key!: string;

  @Doc('How the value is compared: In, NotIn, Exists or DoesNotExist.')
  @IsIn(operators, { message: `write one of ${operators.join(', ')}` })
  operator!: string;

  @Doc('Values for In and NotIn.', {
    type: 'array',
    maxItems: 32,
    items: {
      ...value,
      'x-kubernetes-validations': [{ rule: `self.matches(r'${labelValue.source}')`, message: valueFix }],
    },
    'x-kubernetes-list-type': 'atomic',
  })
  @Optional()
  @IsArray({ message: 'write a list of label values' })
  @Check((values) => Array.isArray(values) && values.every(isValue), valueFix)
  values?: string[];
}

/** A label selector with bounds, so that the API server can check it when it is written. */
@Doc('Selects objects by their labels.', { 'x-kubernetes-map-type': 'atomic' })
export class Selector implements LabelSelector {
  @Doc('Labels that must be there with exactly these values.', {
    type: 'object',
    maxProperties: 32,
    additionalProperties: value,
    'x-kubernetes-validations': [
      { rule: `self.all(key, key.matches(r'${labelKey.source}'))`, message: keyFix },
      { rule: `self.all(key, self[key].matches(r'${labelValue.source}'))`, message: valueFix },
    ],
  })
  @Optional()
  @IsObject({ message: 'write labels as `key: value`' })
  @Check((labels) => Object.keys(labels ?? {}).every((key) => labelKey.test(key)), keyFix)
  @Check((labels) => Object.values(labels ?? {}).every(isValue), valueFix)
  matchLabels?: Record<string, string>;

  @Doc('Further requirements, for more than equality.')
  @Optional()
  @NestedList(Requirement, { maxItems: 16 })
  matchExpressions?: Requirement[];
}

/** In CEL: whether the selector at that path is not empty. It is the opposite of {@link isEmptySelector}. */
export function selectsByLabel(path: string): string {
  const has = (field: string) => `(has(${path}.${field}) && size(${path}.${field}) > 0)`;
  return `${has('matchLabels')} || ${has('matchExpressions')}`;
}

/** Whether a selector has no requirement, so that it selects everything. */
export function isEmptySelector({ matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean {
  return Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
}
