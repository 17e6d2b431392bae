import { rounded } from '../median.js';
import { percentile } from '../routes/measure.js';
import { markdown } from '../table.js';
import type { ControlPlan } from './options.js';
import type { Figures, Results } from './run.js';

/** A row: its title, the figure of one subject, and the most that ours may be of the bare client's. */
interface ControlRow {
  readonly title: string;
  readonly of: (figures: Figures, plan: ControlPlan) => number;
  readonly goal?: number;
}

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((all, count) => all + count, 0);

const rows: readonly ControlRow[] = [
  { title: 'import, s', of: (one) => one.import / 1_000, goal: 1.3 },
  { title: 'writes per mirror', of: (one, { services }) => sum(one.writes) / services },
  {
    title: 'refused by 409',
    of: ({ writes }) =>
      sum(Object.fromEntries(Object.entries(writes).filter(([what]) => what.endsWith(' 409')))),
  },
  {
    title: 'CPU of the API server per mirror, ms',
    of: (one, { services }) => (one.apiCpu * 1_000) / services,
    goal: 1.3,
  },
  { title: 'own CPU per mirror, ms', of: (one, { services }) => (one.cpu * 1_000) / services },
  { title: 'a change, p50, ms', of: (one) => percentile(one.change, 0.5), goal: 1.5 },
  { title: 'a change, p99, ms', of: (one) => percentile(one.change, 0.99), goal: 1.5 },
  { title: 'a change during an import, p50, ms', of: (one) => percentile(one.changeDuringImport, 0.5) },
  { title: 'a change during an import, p99, ms', of: (one) => percentile(one.changeDuringImport, 0.99) },
  { title: 'gateway lost, first slice to last, s', of: (one) => one.lost / 1_000, goal: 1.3 },
  { title: 'gateway back, first slice to last, s', of: (one) => one.back / 1_000, goal: 1.3 },
  { title: 'most memory, MiB', of: ({ memory }) => memory },
  { title: 'writes after a restart', of: ({ restartWrites }) => restartWrites ?? NaN },
];

/** The figures of both as Markdown; ours as a multiple of the bare client's, bold where the goal is missed. */
export function controlTable(plan: ControlPlan, { bare, ours }: Results): string {
  const cell = (value: number) => (Number.isNaN(value) ? '-' : rounded(value));
  const body = rows.map(({ title, of, goal }) => {
    const [theirs, own] = [of(bare, plan), of(ours, plan)];
    const ratio = own / theirs;
    const told = Number.isFinite(ratio) ? rounded(ratio) : '-';
    return [
      ...[title, cell(theirs), cell(own)],
      goal !== undefined && ratio > goal ? `**${told}**` : told,
      goal === undefined ? '' : `<= ${goal}`,
    ];
  });
  return markdown([[`${plan.services} mirrors`, 'bare client', 'operator', 'ratio', 'goal'], ...body]);
}
