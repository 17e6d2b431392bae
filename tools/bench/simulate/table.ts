import { rounded } from '../median.js';
import { markdown } from '../table.js';
import { advice } from './advice.js';
import { bytes, importCpu, requests, watches } from './apiserver.js';
import { unitCosts, type Costs, type UnitCost } from './costs.js';
import { egressCores, ingressCores } from './gateways.js';
import type { Knee } from './knee.js';
import { operatorMemory } from './operator.js';
import type { Settings, SimulationPlan } from './options.js';
import { passed, resourceNames, resources, type Resource, type ResourceName, type Use } from './resources.js';
import type { Kind } from './situation.js';

/** One kind of cluster at one size, with what it takes. */
export interface Row {
  readonly clusters: number;
  readonly services: number;
  readonly kind: Kind;
  readonly uses: readonly Use[];
}

const mib = 2 ** 20;
const whole = (value: number) => Math.round(value).toLocaleString('en-US');

/** A value as a table shows it. */
export function shown(value: number, unit: Resource['unit']): string {
  const scaled = unit === 'MiB' || unit === 'MiB/s' ? value / mib : value;
  return scaled >= 100 || (unit === 'count' && Number.isInteger(scaled)) ? whole(scaled) : rounded(scaled);
}

/** What stands in the table of clusters, beside what is past its bound. */
const columns = [
  'services',
  'egressPorts',
  'apiWatches',
  'apiRequests',
  'remoteCache',
  'operatorMemory',
  'operatorCpu',
  'egressAgentCpu',
] as const satisfies readonly ResourceName[];

const short: Readonly<Record<(typeof columns)[number], string>> = {
  services: 'Services',
  egressPorts: 'egress ports',
  apiWatches: 'watches',
  apiRequests: 'requests/s',
  remoteCache: 'kept of a peer, MiB',
  operatorMemory: 'operator, MiB',
  operatorCpu: 'operator, CPUs',
  egressAgentCpu: 'egress agent, CPUs',
};

/** What one cluster takes, row by row; bold: past its bound. */
export function clusterTable(rows: readonly Row[], costs: Costs): string {
  const head = [
    'clusters x services',
    ...columns.map((name) => short[name]),
    'API server, kB/s',
    'gateways, CPUs',
  ];
  const body = rows.map(({ clusters, services, kind, uses }) => {
    const { role, situation } = kind;
    const past = passed(uses);
    const cells = columns.map((name) => {
      const { value } = uses.find((use) => use.name === name)!;
      const text = shown(value, resources[name].unit);
      return past.some((use) => use.name === name) ? `**${text}**` : text;
    });
    return [
      `${whole(clusters)} x ${whole(services)}${role === 'each cluster' ? '' : `, ${role}`}`,
      ...cells,
      shown(bytes(situation, costs) / 1_000, 'CPUs'),
      shown(egressCores(situation, costs) + ingressCores(situation, costs), 'CPUs'),
      first(past),
    ];
  });
  return markdown([[...head, 'furthest past its bound'], ...body]);
}

function first([use, ...others]: readonly Use[]): string {
  if (use === undefined) return '';
  const more = others.length === 0 ? '' : `; ${others.length} more`;
  return `${resources[use.name].title}: ${shown(use.value / use.bound, 'CPUs')} times${more}`;
}

/** All clusters together. */
export function wholeTable(rows: readonly Row[], costs: Costs): string {
  const sizes = [...Map.groupBy(rows, ({ clusters, services }) => `${whole(clusters)} x ${whole(services)}`)];
  const body = sizes.map(([size, kinds]) => {
    const sum = (of: (row: Row) => number) =>
      kinds.reduce((total, row) => total + row.kind.count * of(row), 0);
    return [
      size,
      whole(sum(({ kind }) => kind.situation.mirrors)),
      whole(sum(({ kind }) => watches(kind.situation))),
      whole(sum(({ kind }) => requests(kind.situation))),
      shown(sum(({ kind }) => bytes(kind.situation, costs)) / 1e6, 'CPUs'),
      shown(sum(({ kind }) => operatorMemory(kind.situation, costs)) / 2 ** 30, 'CPUs'),
      shown(
        sum(({ kind }) => egressCores(kind.situation, costs) + ingressCores(kind.situation, costs)),
        'CPUs',
      ),
      shown(sum(({ kind }) => importCpu(kind.situation, costs)) / 3_600, 'CPUs'),
    ];
  });
  const head = [
    ...['all of them', 'mirrors', 'watches', 'requests/s', 'API servers, MB/s', 'leading operators, GiB'],
    ...['gateways, CPUs', 'first import, CPU hours of API servers'],
  ];
  return markdown([head, ...body]);
}

/** The knee of each number of services, and what to do there. */
export function kneeText(
  knees: readonly Knee[],
  { most, settings }: { most: number; settings: Settings },
): string {
  return knees
    .map(({ services, clusters, past }) => {
      const size = several(services, 'service');
      if (clusters === undefined)
        return `- **${size}:** no bound is passed with up to ${whole(most)} clusters.`;
      return [
        `- **${size}: the knee is at ${whole(clusters)} clusters.**`,
        ...past.map(({ name, value, bound }) => {
          const { title, unit, source }: Resource = resources[name];
          return `  - ${title}: ${shown(value, unit)}, bound ${shown(bound, unit)} (${source}). Do: ${advice[name](settings)}.`;
        }),
      ].join('\n');
    })
    .join('\n');
}

/** Most clusters with which each resource is within its bound. */
export function roomTable(knees: readonly Knee[], most: number): string {
  const head = [
    'most clusters within the bound',
    ...knees.map(({ services }) => `${whole(services)} services`),
  ];
  const body = resourceNames.map((name) => [
    resources[name].title,
    ...knees.map(({ room }) =>
      room[name] === 0 ? '-' : room[name] >= most ? `>= ${whole(most)}` : whole(room[name]),
    ),
  ]);
  return markdown([head, ...body]);
}

/** The costs that no benchmark has measured as they are used, and which row would. */
export function refreshText(): string {
  return Object.entries<UnitCost>(unitCosts)
    .flatMap(([name, { value, unit, kind, date, refresh }]) =>
      refresh === undefined
        ? []
        : [`- ${name}, ${value.toLocaleString('en-US')} ${unit} (${kind}, ${date}): ${refresh}`],
    )
    .join('\n');
}

/** What is the same in all rows. */
export function settingsText(plan: SimulationPlan): string {
  const { topology, selector, remoteNamespaces, mirrored, others, endpoints, ports, replicas, cores } = plan;
  const { changes, edits, connections, requests: asked, gbits } = plan;
  const linked =
    topology === 'mesh'
      ? 'Each cluster has a Link to each other one'
      : 'One hub and each other cluster have a Link to each other';
  const scope =
    remoteNamespaces === 0 ? 'whole clusters' : `${several(remoteNamespaces, 'namespace')} one by one`;
  return [
    `${linked}. Links ${selector ? 'select the exported Services' : 'have no selector'} and watch ${scope}.`,
    `Of what a peer exports, ${mirrored} % is mirrored. A cluster has ${several(others, 'Service')} that it does not export.`,
    `A service has ${several(ports, 'port')} and ${several(endpoints, 'endpoint')}. In an hour its endpoints change ${several(changes, 'time')}, and it changes itself ${several(edits, 'time')}.`,
    `A cluster has ${several(replicas, 'pod')} of each gateway with ${several(cores, 'CPU')} each, and in a second it makes and takes ${several(asked, 'request')}, ${several(connections, 'new connection')} and ${several(gbits, 'Gbit')}.`,
  ].join('\n');
}

function several(count: number, what: string): string {
  return `${count.toLocaleString('en-US')} ${what}${count === 1 ? '' : 's'}`;
}
