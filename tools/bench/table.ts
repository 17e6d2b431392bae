import { median, rounded } from './median.js';
import type { PathName } from './options.js';
import { type Row, type RowName, rows, type Sample } from './rows.js';

/** Samples of every path, one per round (and one for memory). */
export type Samples = ReadonlyMap<PathName, readonly Sample[]>;

/** What is compared to what: the goal is 1 or more, and never less than {@link floor}. */
const subjects = ['haproxy', 'aws-lc'] as const satisfies readonly PathName[];
const yardstick: PathName = 'nginx';

/** A path that is compared. */
type Subject = (typeof subjects)[number];
const floor = 0.85;

const titles: Readonly<Record<PathName, string>> = {
  direct: 'direct',
  plain: 'two plain hops',
  haproxy: 'HAProxy mTLS',
  'aws-lc': 'HAProxy on AWS-LC',
  node: 'Node mTLS',
  nginx: 'nginx mTLS',
};

const names = Object.keys(rows) as RowName[];

/**
 * The table: medians of all rounds, in brackets as a share of direct, and at the right how well HAProxy does beside
 * nginx (above 1: better, whichever way the row counts), as the median of the rounds' own ratios.
 */
export function comparison(samples: Samples): string {
  const paths = [...samples.keys()];
  const compared = comparedIn(samples);
  const head = ['', ...paths.map((path) => titles[path]), ...compared.map(comparisonTitle)];
  const body = names.map((name) => [
    rows[name].title,
    ...paths.map((path) => cell(samples, path, name)),
    ...compared.map((subject) => mark(ratio(samples, name, subject))),
  ]);
  return markdown([head, ...body]);
}

/** What one pod of each role costs, by path. */
export function costs(samples: Samples): string {
  const paths = [...samples.keys()].filter((path) => values(samples, path, 'requestCpu').length > 0);
  const told: readonly RowName[] = [
    'requestCpu',
    'connectionCpu',
    'streamCpu',
    'mirrorsMemory',
    'connectionMemory',
  ];
  const body = told.map((name) => [
    rows[name].title,
    ...paths.map((path) =>
      (['egress', 'ingress'] as const)
        .map((side) => rounded(median(values(samples, path, name, side))))
        .join(' + '),
    ),
  ]);
  return markdown([['egress + ingress', ...paths.map((path) => titles[path])], ...body]);
}

/** The subjects that were measured together with the yardstick. */
function comparedIn(samples: Samples): Subject[] {
  return samples.has(yardstick) ? subjects.filter((subject) => samples.has(subject)) : [];
}

function comparisonTitle(subject: Subject): string {
  return { haproxy: 'HAProxy : nginx', 'aws-lc': 'AWS-LC : nginx' }[subject];
}

/** How well a subject does beside the yardstick in a row; above 1 is better. */
export function ratio(samples: Samples, name: RowName, subject: Subject = 'haproxy'): number {
  const [ours, theirs] = [values(samples, subject, name), values(samples, yardstick, name)];
  return median(ours.map((value, at) => better(rows[name], value, theirs[at] ?? NaN)));
}

/** Rows in which a subject stays below the floor. */
export function losses(samples: Samples): string[] {
  return comparedIn(samples).flatMap((subject) =>
    names
      .filter((name) => ratio(samples, name, subject) < floor)
      .map((name) => `${rows[name].title} (${titles[subject]})`),
  );
}

function better(row: Row, ours: number, theirs: number): number {
  return row.better === 'higher' ? ours / theirs : theirs / ours;
}

function values(
  samples: Samples,
  path: PathName,
  name: RowName,
  side: keyof Sample = 'total',
): readonly number[] {
  return (samples.get(path) ?? []).flatMap((sample) => sample[side][name] ?? []);
}

function cell(samples: Samples, path: PathName, name: RowName): string {
  const own = values(samples, path, name);
  const base = values(samples, 'direct', name);
  if (own.length === 0) return '-';
  const share = base.length === 0 || path === 'direct' ? '' : ` (${rounded(median(own) / median(base))})`;
  return rounded(median(own)) + share;
}

function mark(value: number): string {
  return value < floor ? `**${rounded(value)}**` : rounded(value);
}

/** A table in Markdown; the first column to the left, the others to the right. */
export function markdown([head = [], ...body]: readonly (readonly string[])[]): string {
  const widths = head.map((_, at) => Math.max(3, ...[head, ...body].map((line) => line[at]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((text, at) => (at === 0 ? text.padEnd(widths[at]!) : text.padStart(widths[at]!))).join(' | ')} |`;
  const rule = `| ${widths.map((width, at) => (at === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(head), rule, ...body.map(line)].join('\n');
}
