import type { LabelSelector } from '../api/objects.js';

type Requirement = NonNullable<LabelSelector['matchExpressions']>[number];

/**
 * Writes a selector in the form of the `labelSelector` query parameter; an empty selector gives an empty string,
 * which selects everything.
 *
 * @throws Error for an operator that Kubernetes does not know
 */
export function labelSelectorToString(selector: LabelSelector): string {
  const equal = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  return [...equal, ...(selector.matchExpressions ?? []).map(requirementToString)].join(',');
}

/** Whether labels satisfy a selector; an absent label satisfies `NotIn` and `DoesNotExist`, as in Kubernetes. */
export function matches(selector: LabelSelector, labels: Readonly<Record<string, string>> = {}): boolean {
  return (
    Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value) &&
    (selector.matchExpressions ?? []).every((requirement) => satisfies(requirement, labels[requirement.key]))
  );
}

function requirementToString({ key, operator, values = [] }: Requirement): string {
  switch (operator) {
    case 'In':
      return `${key} in (${values.join(',')})`;
    case 'NotIn':
      return `${key} notin (${values.join(',')})`;
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
    default:
      throw new Error(`label selector operator ${operator}: use In, NotIn, Exists or DoesNotExist`);
  }
}

function satisfies({ operator, values = [] }: Requirement, label: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return label !== undefined && values.includes(label);
    case 'NotIn':
      return label === undefined || !values.includes(label);
    case 'Exists':
      return label !== undefined;
    case 'DoesNotExist':
      return label === undefined;
    default:
      throw new Error(`label selector operator ${operator}: use In, NotIn, Exists or DoesNotExist`);
  }
}
