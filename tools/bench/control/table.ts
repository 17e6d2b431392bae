import { rounded } from '../median.js';
import { markdown } from '../table.js';
import type { Results } from './figures.js';
import type { ControlPlan } from './options.js';
import { rowsOf, type Goal } from './rows.js';

/** The figures of both as Markdown, without those that were not measured; bold where a goal is missed. */
export function controlTable(plan: ControlPlan, { bare, ours }: Results): string {
  const body = rowsOf(plan).flatMap(({ title, of, goal }) => {
    const [theirs, own] = [of(bare) ?? NaN, of(ours) ?? NaN];
    if (Number.isNaN(theirs) && Number.isNaN(own)) return [];
    const ratio = own / theirs;
    const [told, times] = [shown(own), Number.isFinite(ratio) ? shown(ratio) : '-'];
    const missed = isMissed(goal, { own, ratio });
    const inTimes = goal !== undefined && 'times' in goal;
    const bold = (text: string, is: boolean) => (is ? `**${text}**` : text);
    return [
      [title, shown(theirs), bold(told, missed && !inTimes), bold(times, missed && inTimes), goalText(goal)],
    ];
  });
  return markdown([[`${plan.services} mirrors`, 'bare client', 'operator', 'ratio', 'goal'], ...body]);
}

/** A figure may be above its goal by what three digits do not show. */
function isMissed(goal: Goal | undefined, { own, ratio }: { own: number; ratio: number }): boolean {
  if (goal === undefined) return false;
  const [value, most] = 'times' in goal ? [ratio, goal.times] : [own, goal.most];
  return Number(value.toPrecision(3)) > most;
}

function shown(value: number): string {
  if (Number.isNaN(value)) return '-';
  return Number.isInteger(value) ? value.toLocaleString('en-US') : rounded(value);
}

function goalText(goal: Goal | undefined): string {
  if (goal === undefined) return '';
  if ('times' in goal) return `<= ${goal.times} times`;
  return goal.most === 0 ? '0' : `<= ${goal.most}`;
}
