import type { Exports } from './linkscope.js';
import type { LabelSelector } from './objects.js';

/** Longest description: a terminal shows it. */
const longest = 400;

/** What a Link exports, in one line for people. */
export function wordsOf(exports: Readonly<Exports> | undefined): string {
  if (exports === undefined) return 'nothing';
  const { all, services, namespaces } = exports;
  const what = all === true ? 'all Services' : `Services with ${requirements(services)}`;
  const where = namespaces === undefined ? '' : `, of namespaces with ${requirements(namespaces)}`;
  const text = what + where;
  return text.length > longest ? `${text.slice(0, longest)}...` : text;
}

function requirements({ matchLabels = {}, matchExpressions = [] }: LabelSelector = {}): string {
  const parts = [
    ...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`),
    ...matchExpressions.map(({ key, operator, values = [] }) => {
      switch (operator) {
        case 'Exists':
          return key;
        case 'DoesNotExist':
          return `!${key}`;
        default:
          return `${key} ${operator === 'In' ? 'in' : 'not in'} (${values.join(', ')})`;
      }
    }),
  ];
  return parts.length === 0 ? 'any labels' : parts.join(', ');
}
