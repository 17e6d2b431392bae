import { type Lab, type Path, type Target } from './path.js';
import { type Usage, usageOf } from './usage.js';

/** What the load generator can do. */
export type Kind = 'requests' | 'rate' | 'connections' | 'stream' | 'idle';

/** What it prints at the end. */
export interface Result {
  readonly seconds: number;
  /** Requests, connections or bytes. */
  readonly count: number;
  readonly errors: number;
  readonly firstError?: string;
  /** Milliseconds, at a fixed rate. */
  readonly p50?: number;
  readonly p99?: number;
}

/** What both gateways of a path have used while something was measured. */
export interface Used {
  readonly egress: Usage;
  readonly ingress: Usage;
}

/** A result with what the gateways used meanwhile: seconds of CPU, and by how many bytes memory grew. */
export interface Measured extends Result {
  readonly used?: Used;
}

/** Loads a path. @throws when something on it failed */
export async function load(lab: Lab, path: Path, kind: Exclude<Kind, 'idle'>): Promise<Measured> {
  const { clients, seconds, rate } = lab.plan;
  const generator = generate(lab, kind, path.target, [
    ...['-seconds', String(seconds), '-rate', String(rate)],
    ...['-clients', String(clients)],
  ]);
  await generator.line();
  const before = await usedBy(path);
  const result = checked(path, kind, await generator.line());
  return { ...result, ...difference(await usedBy(path), before) };
}

/** Holds connections on which nothing happens, and tells what memory they take. */
export async function hold(lab: Lab, path: Path, connections: number): Promise<Measured> {
  const before = await usedBy(path);
  const generator = generate(lab, 'idle', path.target, ['-clients', String(connections)]);
  await generator.line();
  const used = difference(await usedBy(path), before);
  generator.finish();
  return { ...checked(path, 'idle', await generator.line()), ...used };
}

/** What the gateways of a path have used so far. */
export async function usedBy({ gateways }: Path): Promise<Used | undefined> {
  if (gateways === undefined) return undefined;
  const [egress, ingress] = await Promise.all([usageOf(gateways.egress), usageOf(gateways.ingress)]);
  return { egress, ingress };
}

function difference(after: Used | undefined, before: Used | undefined): { readonly used?: Used } {
  if (after === undefined || before === undefined) return {};
  const less = (a: Usage, b: Usage) => ({ cpu: a.cpu - b.cpu, memory: a.memory - b.memory });
  return {
    used: { egress: less(after.egress, before.egress), ingress: less(after.ingress, before.ingress) },
  };
}

function generate({ start, cpus, programs }: Lab, kind: Kind, target: Target, more: readonly string[]) {
  const where = ['-host', target.host, '-first', String(target.first), '-last', String(target.last)];
  return start({ side: 'client', cpus: cpus.load }, [programs.load, kind, ...where, ...more]);
}

function checked({ name }: Path, kind: Kind, line: string): Result {
  const result = JSON.parse(line) as Result;
  if (result.errors > 0 || result.count === 0)
    throw new Error(
      `${name}, ${kind}: ${result.errors} failed, ${result.count} did not: ${result.firstError ?? ''}`,
    );
  return result;
}
