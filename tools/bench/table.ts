import { median, rounded } from './median.js';
import type { PathName } from './options.js';
import { type Row, type RowName, rows, type Sample } from './rows.js';

/** Samples of every path, one per round (and one for memory). */
export type Samples = ReadonlyMap<PathName, readonly Sample[]>;

/** What is compared to what: the goal is 1 or more, and never less than {@link floor}. */
const subject: PathName = 'haproxy';
const yardstick: PathName = 'nginx';
const floor = 0.85;

const titles: Readonly<Record<PathName, string>> = {
  direct: 'direct',
  plain: 'two plain hops',
  haproxy: 'HAProxy mTLS',
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
  const compares = samples.has(subject) && samples.has(yardstick);
  const head = ['', ...paths.map((path) => titles[path]), ...(compares ? ['HAProxy : nginx'] : [])];
  const body = names.map((name) => [
    rows[name].title,
    ...paths.map((path) => cell(samples, path, name)),
    ...(compares ? [mark(ratio(samples, name))] : []),
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

/** How well the subject does beside the yardstick in a row; above 1 is better. */
export function ratio(samples: Samples, name: RowName): number {
  const [ours, theirs] = [values(samples, subject, name), values(samples, yardstick, name)];
  return median(ours.map((value, at) => better(rows[name], value, theirs[at] ?? NaN)));
}

/** Rows in which the subject stays below the floor. */
export function losses(samples: Samples): string[] {
  return names.filter((name) => ratio(samples, name) < floor).map((name) => rows[name].title);
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
