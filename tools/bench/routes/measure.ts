import { setTimeout as sleep } from 'node:timers/promises';
import { serviceMirrors } from '../../../src/api/resources.js';
import type { ServiceMirror } from '../../../src/api/servicemirror.js';
import { ask } from '../../../src/gateway/haproxy/runtime.js';
import { follow } from '../../clusters/follow.js';
import { portOf, type Cluster } from './cluster.js';
import { namespace } from './plane.js';

/** Milliseconds from sending the write of one service. */
export interface Sample {
  /** Until the API server had answered. */
  readonly written: number;
  /** Until a bare watch in this process had told of it. */
  readonly watched: number;
  /** Until HAProxy's map had it. */
  readonly routed: number;
}

/** Adds services one by one, from the first number to before the last, and measures each. */
export async function measure(
  cluster: Cluster,
  map: MapReader,
  { first, last }: { readonly first: number; readonly last: number },
): Promise<Sample[]> {
  const stop = new AbortController();
  let seen: (name: string) => void = () => {};
  const tell = ({ object }: { object: ServiceMirror }) => {
    if (object.status?.ports !== undefined) seen(object.metadata.name);
  };
  await follow(cluster.kube, serviceMirrors, { namespace, tell }, stop.signal);
  const samples: Sample[] = [];
  for (let n = first; n < last; n++) {
    await cluster.create(n);
    const name = `m-${n}`;
    const began = performance.now();
    const since = () => performance.now() - began;
    const [written, watched, routed] = await Promise.all([
      cluster.allocate(n).then(since),
      new Promise<void>((resolve) => (seen = (told) => told === name && resolve())).then(since),
      map.until(String(portOf(n))).then(since),
    ]);
    samples.push({ written, watched, routed });
  }
  stop.abort();
  return samples;
}

/** The value below which that share of all lies; NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

/** A row of a table: what was measured, p50, p90, p99 and the most, in milliseconds. */
export function percentileRow(what: string, values: readonly number[]): string {
  const cells = [0.5, 0.9, 0.99, 1].map((share) => percentile(values, share).toFixed(1).padStart(8));
  return `${what.padEnd(44)}${cells.join('')}`;
}

/** The heading of such rows. */
export const percentileHeading = `milliseconds from sending the write${' '.repeat(9)}     p50     p90     p99     max`;

/** Looks into a map of a running HAProxy. */
export interface MapReader {
  /** How many entries it has. */
  size(): Promise<number>;
  /** Resolves as soon as it has that key, or has it no more. Looks again and again, about once in a millisecond. */
  until(key: string, there?: boolean): Promise<void>;
}

/** Reads a map through HAProxy's own socket, beside the agent. */
export function mapReader(socket: string, path: string): MapReader {
  return {
    async size() {
      const text = await ask(socket, `show map ${path}`);
      return text.split('\n').filter((line) => line.startsWith('0x')).length;
    },
    async until(key, there = true) {
      // each look over a connection of its own: a reload puts another worker behind the socket
      while ((await ask(socket, `get map ${path} ${key}`)).includes('found=yes') !== there) await sleep(0.5);
    },
  };
}
