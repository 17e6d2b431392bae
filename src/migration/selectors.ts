import type { LabelSelector } from '../api/objects.js';

type Requirement = NonNullable<LabelSelector['matchExpressions']>[number];

/**
 * One selector for what either of two selects; undefined: no selector says that. All requirements of a selector must hold, so
 * there is one if they differ in the values of one label, or if one of them asks for less.
 */
export function eitherOf(a: LabelSelector, b: LabelSelector): LabelSelector | undefined {
  const [inA, inB] = [requirementsOf(a), requirementsOf(b)];
  const onlyA = without(inA, inB);
  const onlyB = without(inB, inA);
  if (onlyA.size === 0) return a;
  if (onlyB.size === 0) return b;
  const [[one], [other]] = [[...onlyA.values()], [...onlyB.values()]];
  if (onlyA.size > 1 || onlyB.size > 1 || one === undefined || other === undefined) return undefined;
  if (one.key !== other.key || one.operator !== 'In' || other.operator !== 'In') return undefined;
  const values = [...new Set([...(one.values ?? []), ...(other.values ?? [])])];
  const common = [...inA].filter(([text]) => inB.has(text)).map(([, requirement]) => requirement);
  return { matchExpressions: [...common, { key: one.key, operator: 'In', values }] };
}

/** Whether a label of that value may belong to what the selector selects. */
export function admits(selector: LabelSelector, key: string, value: string): boolean {
  return [...requirementsOf(selector).values()]
    .filter((requirement) => requirement.key === key)
    .every(({ operator, values = [] }) => {
      if (operator === 'In') return values.includes(value);
      if (operator === 'NotIn') return !values.includes(value);
      return operator === 'Exists';
    });
}

/** Whether everything that the selector selects has a label of that value. */
export function requires(selector: LabelSelector, key: string, value: string): boolean {
  return [...requirementsOf(selector).values()].some(
    (one) => one.key === key && one.operator === 'In' && (one.values ?? []).every((each) => each === value),
  );
}

/** Its requirements by their text, in which the order of values means nothing. */
function requirementsOf({
  matchLabels = {},
  matchExpressions = [],
}: LabelSelector): Map<string, Requirement> {
  const equal = Object.entries(matchLabels).map(([key, value]) => ({ key, operator: 'In', values: [value] }));
  return new Map(
    [...equal, ...matchExpressions].map((requirement) => {
      const { key, operator, values = [] } = requirement;
      return [JSON.stringify([key, operator, [...new Set(values)].toSorted()]), requirement];
    }),
  );
}

function without(from: ReadonlyMap<string, Requirement>, those: ReadonlyMap<string, Requirement>) {
  return new Map([...from].filter(([text]) => !those.has(text)));
}
