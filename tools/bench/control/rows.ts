import { percentile } from '../routes/measure.js';
import type { Figures, ImportFigures, TurnFigures } from './figures.js';
import type { ControlPlan } from './options.js';
import { severalClusters, severalNames } from './scenarios/several.js';
import { isConflict, isOfSlices, isWrite, total } from './requests.js';

/** The most that a figure of the operator may be: so many times the bare client's, or that value. */
export type Goal = { readonly times: number } | { readonly most: number };

/** A row of the table. */
export interface ControlRow {
  readonly title: string;
  /** The figure of one subject; undefined or NaN: not measured. */
  readonly of: (figures: Figures) => number | undefined;
  readonly goal?: Goal;
}

/** All rows, in the order of the table. */
export function rowsOf(plan: ControlPlan): readonly ControlRow[] {
  return [
    ...importRows(plan),
    ...memoryRows(plan),
    ...changeRows,
    ...blackoutRows(plan),
    ...replaceRows(plan),
    ...quietRows(plan),
    ...linksRows(plan),
    ...automaticRows(plan),
    ...severalRows(plan),
    { title: 'start: CPU until the first write, s', of: ({ start }) => start?.cpu, goal: { most: 0.5 } },
    { title: 'start: until the first write, s', of: ({ start }) => seconds(start?.elapsed) },
  ];
}

const seconds = (ms: number | undefined) => (ms === undefined ? undefined : ms / 1_000);

/** A share of something that may be absent. */
const ratio = (a: number | undefined, b: number | undefined): number =>
  a === undefined || b === undefined ? NaN : a / b;

function importRows({ services }: ControlPlan): ControlRow[] {
  const each = (of: (one: ImportFigures) => number) => (figures: Figures) =>
    figures.import && of(figures.import) / services;
  return [
    { title: 'import, s', of: (one) => seconds(one.import?.elapsed), goal: { times: 1.3 } },
    { title: 'import: requests per mirror', of: each((one) => total(one.requests)), goal: { most: 3.1 } },
    {
      title: 'import: refused by 409',
      of: (one) => one.import && total(one.import.requests, isConflict),
      goal: { most: 0 },
    },
    {
      title: 'import: CPU of the API server per mirror, ms',
      of: each((one) => 1_000 * one.apiCpu),
      goal: { times: 1.3 },
    },
    { title: 'import: own CPU per mirror, ms', of: each((one) => 1_000 * one.cpu) },
    { title: 'import: reconciles per mirror', of: each((one) => one.reconciles || NaN), goal: { most: 6 } },
  ];
}

/** As those of the import, with the ServiceMirror as one more write. */
function automaticRows({ services }: ControlPlan): ControlRow[] {
  const each = (of: (one: ImportFigures) => number) => (figures: Figures) =>
    figures.automatic && of(figures.automatic) / services;
  return [
    { title: 'automatic mirrors, s', of: (one) => seconds(one.automatic?.elapsed), goal: { times: 1.3 } },
    {
      title: 'automatic mirrors: requests per mirror',
      of: each((one) => total(one.requests)),
      goal: { most: 4.1 },
    },
    {
      title: 'automatic mirrors: refused by 409',
      of: (one) => one.automatic && total(one.automatic.requests, isConflict),
      goal: { most: 0 },
    },
    {
      title: 'automatic mirrors: CPU of the API server per mirror, ms',
      of: each((one) => 1_000 * one.apiCpu),
      goal: { times: 1.3 },
    },
    { title: 'automatic mirrors: own CPU per mirror, ms', of: each((one) => 1_000 * one.cpu) },
    { title: 'automatic mirrors: memory, MiB', of: ({ automatic }) => automatic?.memory },
  ];
}

/**
 * Each name needs a ServiceMirror, a Service, a slice for each cluster, and a status. The statuses of the Links are left out:
 * each counts its mirrors once a second, so that they follow the time.
 */
function severalRows({ services }: ControlPlan): ControlRow[] {
  const names = severalNames(services);
  const what = `federation of ${names} names over ${severalClusters} clusters`;
  const each = (of: (one: ImportFigures) => number) => (figures: Figures) =>
    figures.several && of(figures.several) / names;
  return [
    { title: `${what}, s`, of: (one) => seconds(one.several?.elapsed) },
    {
      title: `${what}: requests per name (1 + 1 + ${severalClusters} + 1)`,
      of: each((one) => total(one.requests, (what) => !/\blinks\b/.test(what))),
      goal: { most: 3 + severalClusters + 0.1 },
    },
    {
      title: `${what}: refused by 409`,
      of: (one) => one.several && total(one.several.requests, isConflict),
      goal: { most: 0 },
    },
    {
      title: `${what}: CPU of the API server per name, ms`,
      of: each((one) => 1_000 * one.apiCpu),
    },
    { title: `${what}: own CPU per name, ms`, of: each((one) => 1_000 * one.cpu) },
    { title: `${what}: memory, MiB`, of: (one) => one.several?.memory },
  ];
}

function memoryRows({ services, relists }: ControlPlan): ControlRow[] {
  const goal = { most: services > 1_000 ? 350 : 150 };
  return [
    { title: 'memory without mirrors, MiB', of: ({ memory }) => memory?.empty, goal: { most: 80 } },
    { title: 'memory with all mirrors, MiB', of: (one) => one.import?.memory, goal },
    {
      title: `memory after everything was listed ${relists} times more, MiB`,
      of: ({ memory }) => memory?.relists.at(-1),
      goal,
    },
    {
      title: 'memory: last of these lists, beside the middle one',
      of: ({ memory }) =>
        memory && memory.relists.length > 1
          ? ratio(memory.relists.at(-1), memory.relists[(memory.relists.length - 1) >> 1])
          : undefined,
      goal: { most: 1.05 },
    },
  ];
}

const of = (values: readonly number[] | undefined, share: number) => values && percentile(values, share);

const changeRows: readonly ControlRow[] = [
  { title: 'change, p50, ms', of: ({ change }) => of(change?.idle, 0.5), goal: { times: 1.5 } },
  { title: 'change, p99, ms', of: ({ change }) => of(change?.idle, 0.99), goal: { times: 1.5 } },
  { title: 'change during an import, p50, ms', of: ({ change }) => of(change?.duringImport, 0.5) },
  { title: 'change during an import, p99, ms', of: ({ change }) => of(change?.duringImport, 0.99) },
  {
    title: 'change during an import: p99, beside the p99 above',
    of: ({ change }) => ratio(of(change?.duringImport, 0.99), of(change?.idle, 0.99)),
    goal: { most: 3 },
  },
];

function blackoutRows({ services }: ControlPlan): ControlRow[] {
  return (['lost', 'back'] as const).flatMap((what): ControlRow[] => [
    {
      title: `gateway ${what}: verdict to last slice, s`,
      of: (one) => seconds(one[what]?.elapsed),
      goal: { times: 1.3 },
    },
    { title: `gateway ${what}: writes of slices per slice`, of: perSlice((one) => one[what], services) },
    {
      title: `gateway ${what}: all writes per slice`,
      of: (one) => one[what] && total(one[what].requests, isWrite) / services,
    },
  ]);
}

const perSlice =
  (turn: (figures: Figures) => TurnFigures | undefined, slices: number) => (figures: Figures) => {
    const turned = turn(figures);
    return turned && total(turned.requests, isOfSlices) / slices;
  };

function replaceRows({ services }: ControlPlan): ControlRow[] {
  return [
    { title: 'import over egress gateways, s', of: ({ replace }) => seconds(replace?.import.elapsed) },
    {
      title: 'import over egress gateways: requests per mirror',
      of: ({ replace }) => replace && total(replace.import.requests) / services,
    },
    {
      title: 'import over egress gateways: writes of slices per mirror',
      of: ({ replace }) => replace && total(replace.import.requests, isOfSlices) / services,
    },
    {
      title: 'egress pod leaves: until no slice lists it, s',
      of: ({ replace }) => seconds(replace?.gone.elapsed),
      goal: { times: 1.3 },
    },
    {
      title: 'egress pod leaves: writes of slices per slice',
      of: perSlice(({ replace }) => replace?.gone, services),
      goal: { most: 1 },
    },
    {
      title: 'egress pod comes: until all slices list it, s',
      of: ({ replace }) => seconds(replace?.come.elapsed),
      goal: { times: 1.3 },
    },
    {
      title: 'egress pod comes: writes of slices per slice',
      of: perSlice(({ replace }) => replace?.come, services),
      goal: { most: 1 },
    },
  ];
}

/** Where nothing is to be done. */
function quietRows(plan: ControlPlan): ControlRow[] {
  const nothing = { most: 0 };
  return [
    {
      title: `idle for ${plan.idle} s: writes`,
      of: ({ idle }) => idle && total(idle.requests, isWrite),
      goal: nothing,
    },
    { title: 'idle: own CPU, ms per s', of: ({ idle }) => idle && (1_000 * idle.cpu) / plan.idle },
    {
      title: 'restart: until all is read, s',
      of: ({ restart }) => seconds(restart?.elapsed),
      goal: { times: 1.5 },
    },
    {
      title: 'restart: writes',
      of: ({ restart }) => restart?.after && total(restart.after.requests, isWrite),
      goal: nothing,
    },
    {
      title: 'restart: reconciles per mirror',
      of: ({ restart }) => restart?.after && restart.after.reconciles / plan.services,
      goal: { most: 3 },
    },
    { title: 'unrelated changes: watch events', of: ({ churn }) => churn?.events, goal: nothing },
    { title: 'unrelated changes: reconciles', of: ({ churn }) => churn?.reconciles, goal: nothing },
    {
      title: 'unrelated changes: writes',
      of: ({ churn }) => churn && total(churn.requests, isWrite),
      goal: nothing,
    },
    {
      title: 'unrelated changes: own CPU beyond that while idle, ms per s',
      of: ({ churn }) => churn && (1_000 * churn.cpu) / churn.seconds,
    },
  ];
}

function linksRows({ links }: ControlPlan): ControlRow[] {
  const beside = (what: 'elapsed' | 'memory') => (figures: Figures) =>
    ratio(figures.links?.[what], figures.import?.[what]);
  return [
    { title: `${links} Links: import, s`, of: (one) => seconds(one.links?.elapsed) },
    { title: `${links} Links: import, beside one Link`, of: beside('elapsed'), goal: { most: 1.3 } },
    { title: `${links} Links: memory, MiB`, of: (one) => one.links?.memory },
    { title: `${links} Links: memory, beside one Link`, of: beside('memory'), goal: { most: 1.3 } },
  ];
}
