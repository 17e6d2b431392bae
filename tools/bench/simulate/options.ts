import { parseArgs } from 'node:util';

/** How clusters are linked: each with each, or all with one. */
export const topologies = ['mesh', 'hub'] as const;

/** What is the same at every point: what a cluster has and does, and how it is linked. */
export interface Settings {
  readonly topology: (typeof topologies)[number];
  /** Links select the exported Services by label, so that API servers send no others. */
  readonly selector: boolean;
  /** Remote namespaces that a Link watches one by one; 0: the whole cluster at once. */
  readonly remoteNamespaces: number;
  /** Percent of a peer's exported services that have a mirror here. */
  readonly mirrored: number;
  /** Services of a cluster that it does not export. */
  readonly others: number;
  /** Endpoints of a service. */
  readonly endpoints: number;
  /** TCP ports of a service. */
  readonly ports: number;
  /** Pods of each gateway. */
  readonly replicas: number;
  /** CPUs that a pod of a gateway may take. */
  readonly cores: number;
  /** Changes of the endpoints of one service in an hour. */
  readonly changes: number;
  /** Changes of one Service object in an hour. */
  readonly edits: number;
  /** New connections a second to mirrors of a cluster, and as many from others. */
  readonly connections: number;
  /** Requests a second, likewise. */
  readonly requests: number;
  /** Gbit/s, likewise. */
  readonly gbits: number;
}

/** Which points are computed. */
export interface SimulationPlan extends Settings {
  /** Numbers of clusters. */
  readonly clusters: readonly number[];
  /** Numbers of services that each cluster exports. */
  readonly services: readonly number[];
}

interface NumberOption {
  readonly usual: number;
  readonly least: number;
  readonly most: number;
  /** A fraction is allowed. */
  readonly fraction?: true;
}

type NumberName = {
  [K in keyof Settings]: Settings[K] extends number ? K : never;
}[keyof Settings];

const numbers: Readonly<Record<NumberName, NumberOption>> = {
  remoteNamespaces: { usual: 0, least: 0, most: 64 },
  mirrored: { usual: 100, least: 0, most: 100, fraction: true },
  others: { usual: 0, least: 0, most: 100_000 },
  endpoints: { usual: 10, least: 0, most: 5_000 },
  ports: { usual: 1, least: 1, most: 100 },
  replicas: { usual: 2, least: 1, most: 1_000 },
  cores: { usual: 1, least: 0.1, most: 8, fraction: true },
  changes: { usual: 6, least: 0, most: 36_000, fraction: true },
  edits: { usual: 0.1, least: 0, most: 36_000, fraction: true },
  connections: { usual: 100, least: 0, most: 1e6, fraction: true },
  requests: { usual: 1_000, least: 0, most: 1e9, fraction: true },
  gbits: { usual: 0.5, least: 0, most: 1e4, fraction: true },
};

const lists = {
  clusters: { usual: [2, 5, 10, 50, 100, 500], least: 2, most: 5_000 },
  services: { usual: [100, 1_000, 10_000], least: 1, most: 100_000 },
} as const;

const numberNames = Object.keys(numbers) as NumberName[];
const flagOf = (name: string) => `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
const usual = [
  ...Object.entries(lists).map(([name, { usual: value }]) => `${flagOf(name)} ${value.join(',')}`),
  ...numberNames.map((name) => `${flagOf(name)} ${numbers[name].usual}`),
].join(' ');

/** What is said when the arguments cannot be understood. */
export const simulationUsage = `usage: npm run bench:simulate -- [--clusters N,N] [--services N,N] [--topology ${topologies.join('|')}] [--selector yes|no] [--OPTION N]
  --clusters: how many there are. --services: how many each exports. hub: all are linked with one, and not with each other.
  Defaults: --topology mesh --selector yes ${usual}
  --changes and --edits are for one service and an hour, --connections, --requests and --gbits for one cluster and a second.
  Nothing is measured: the unit costs are in tools/bench/simulate/costs.ts. The result is Markdown and a line of JSON.`;

/** Reads the arguments. @throws an Error that holds {@link simulationUsage} */
export function simulationPlanOf(args: readonly string[]): SimulationPlan {
  try {
    const names = [...Object.keys(lists), 'topology', 'selector', ...numberNames];
    const options = Object.fromEntries(
      names.map((name) => [flagOf(name).slice(2), { type: 'string' } as const]),
    );
    const { values } = parseArgs({ args: [...args], options });
    const given = (name: string) => values[flagOf(name).slice(2)];
    return {
      clusters: listOf('clusters', given('clusters')),
      services: listOf('services', given('services')),
      topology: oneOf('topology', given('topology') ?? 'mesh', topologies),
      selector: oneOf('selector', given('selector') ?? 'yes', ['yes', 'no']) === 'yes',
      ...(Object.fromEntries(
        numberNames.map((name) => [
          name,
          numberOf(name, given(name) ?? `${numbers[name].usual}`, numbers[name]),
        ]),
      ) as Record<NumberName, number>),
    };
  } catch (cause) {
    throw new Error(`${(cause as Error).message}\n${simulationUsage}`, { cause });
  }
}

/** In ascending order, each once. */
function listOf(name: keyof typeof lists, text: string | undefined): readonly number[] {
  const { usual: otherwise, ...bounds } = lists[name];
  if (text === undefined) return otherwise;
  const all = text.split(',').map((part) => numberOf(name, part, bounds));
  return [...new Set(all)].toSorted((a, b) => a - b);
}

function numberOf(
  name: string,
  text: string,
  { least, most, fraction }: Omit<NumberOption, 'usual'>,
): number {
  const value = text.trim() === '' ? NaN : Number(text);
  const isKind = fraction === true ? Number.isFinite(value) : Number.isSafeInteger(value);
  if (isKind && value >= least && value <= most) return value;
  const kind = fraction === true ? 'number' : 'whole number';
  const range = `from ${least.toLocaleString('en-US')} to ${most.toLocaleString('en-US')}`;
  throw new Error(`${flagOf(name)} ${text}: a ${kind} ${range} is needed`);
}

function oneOf<T extends string>(name: string, text: string, all: readonly T[]): T {
  const found = all.find((one) => one === text);
  if (found === undefined) throw new Error(`${flagOf(name)} ${text}: write ${all.join(' or ')}`);
  return found;
}
