import type { Measured, Used } from './load.js';

/** One thing that is measured. */
export interface Row {
  readonly title: string;
  readonly better: 'higher' | 'lower';
}

/** All rows, in the order of the table. Of what gateways use, the sum of both hops is told. */
export const rows = {
  requests: { title: 'requests/s', better: 'higher' },
  p50: { title: 'p50 at a fixed rate, ms', better: 'lower' },
  p99: { title: 'p99 at a fixed rate, ms', better: 'lower' },
  connections: { title: 'new connections/s', better: 'higher' },
  stream: { title: 'one stream, MB/s', better: 'higher' },
  requestCpu: { title: 'CPU per request, µs', better: 'lower' },
  connectionCpu: { title: 'CPU per new connection, µs', better: 'lower' },
  streamCpu: { title: 'CPU per GB, s', better: 'lower' },
  mirrorsMemory: { title: 'memory with all mirrors, MiB', better: 'lower' },
  idleMemory: { title: 'memory with idle connections on top, MiB', better: 'lower' },
  connectionMemory: { title: 'memory per idle connection, kB', better: 'lower' },
} as const satisfies Record<string, Row>;

/** A row's name. */
export type RowName = keyof typeof rows;

/** Values of one round of one path; what a hop has used is told apart, too. */
export interface Sample {
  readonly total: Partial<Record<RowName, number>>;
  readonly egress: Partial<Record<RowName, number>>;
  readonly ingress: Partial<Record<RowName, number>>;
}

/** One round's measurements of one path, as they were made. */
export interface Round {
  readonly requests: Measured;
  readonly rate: Measured;
  readonly connections: Measured;
  readonly stream: Measured;
}

const mega = 1e6;
const mebi = 2 ** 20;

/** What a round's measurements say. */
export function sampleOf({ requests, rate, connections, stream }: Round): Sample {
  const costs = (side: keyof Used) => ({
    ...(requests.used && { requestCpu: (requests.used[side].cpu * mega) / requests.count }),
    ...(connections.used && { connectionCpu: (connections.used[side].cpu * mega) / connections.count }),
    ...(stream.used && { streamCpu: (stream.used[side].cpu * 1e9) / stream.count }),
  });
  return withTotal(
    {
      requests: requests.count / requests.seconds,
      ...(rate.p50 !== undefined && { p50: rate.p50 }),
      ...(rate.p99 !== undefined && { p99: rate.p99 }),
      connections: connections.count / connections.seconds,
      stream: stream.count / stream.seconds / mega,
    },
    { egress: costs('egress'), ingress: costs('ingress') },
  );
}

/** What gateways take of memory, before and with idle connections. @param idle what so many connections added */
export function memorySample(mirrors: Used, idle: Used, connections: number): Sample {
  const of = (side: keyof Used) => ({
    mirrorsMemory: mirrors[side].memory / mebi,
    idleMemory: (mirrors[side].memory + idle[side].memory) / mebi,
    connectionMemory: idle[side].memory / 1_000 / connections,
  });
  return withTotal({}, { egress: of('egress'), ingress: of('ingress') });
}

function withTotal(total: Sample['total'], hops: Pick<Sample, keyof Used>): Sample {
  const sums = Object.entries(hops.egress).map(([name, value]) => [
    name,
    value + (hops.ingress[name as RowName] ?? 0),
  ]);
  return { ...hops, total: { ...total, ...(Object.fromEntries(sums) as Sample['total']) } };
}
