import { parseDuration } from '../api/duration.js';
import { Probe } from '../api/linkgateway.js';
import type { LinkerdProbe } from './linkerdlink.js';

/** A field of Linkerd's Link that has no equal here, and what to do about it. */
export interface Remark {
  readonly field: string;
  readonly text: string;
}

/** Where translations put what they find. */
export interface Findings {
  readonly remarks: Remark[];
  readonly problems: string[];
}

/** What ours is, where Linkerd's Link says nothing. */
const ours = new Probe();

/** Linkerd's CRD writes these into every Link that says nothing. */
const theirs = { timeout: '30s', failureThreshold: '3' };

/** How the gateway is to be probed; undefined: as ours are. */
export function probeFrom(
  { path, port, period, timeout, failureThreshold = theirs.failureThreshold }: LinkerdProbe,
  findings: Findings,
): Partial<Probe> | undefined {
  const at = (field: keyof LinkerdProbe) => ({ field: `spec.probeSpec.${field}`, ...findings });
  const say = (field: keyof LinkerdProbe, text: string) =>
    findings.remarks.push({ field: at(field).field, text });
  if (path === undefined)
    say('path', `unset, so that Linkerd does not probe; ours probes ${ours.path} on port ${ours.port}`);
  // nobody has chosen it, and a gateway that is silent would be noticed after minutes
  const chosen = timeout === theirs.timeout ? undefined : timeout;
  if (chosen === undefined)
    say(
      'timeout',
      `unset, or ${theirs.timeout} by default; ours is ${ours.timeout}, which notices a silent gateway earlier`,
    );
  const probe = {
    ...given('path', path),
    ...given('port', wholeNumber(port, { ...at('port'), least: 1, most: 65_535 })),
    ...given('period', duration(period, { ...at('period'), least: '100ms', most: '10m' })),
    ...given('timeout', duration(chosen, { ...at('timeout'), least: '50ms', most: '1m' })),
    ...given(
      'failureThreshold',
      wholeNumber(failureThreshold, { ...at('failureThreshold'), least: 1, most: 100 }),
    ),
  };
  const differs = Object.entries(probe).filter(([field, value]) => ours[field as keyof Probe] !== value);
  return differs.length === 0 ? undefined : Object.fromEntries(differs);
}

/** A whole number that Linkerd writes as a text. */
export function wholeNumber(
  text: string | undefined,
  { field, least, most, remarks, problems }: { field: string; least: number; most: number } & Findings,
): number | undefined {
  if (text === undefined) return undefined;
  const value = /^[+-]?\d{1,12}$/.test(text) ? Number(text) : undefined;
  if (value === undefined) {
    problems.push(`${field}: write a whole number from ${least} to ${most}`);
    return undefined;
  }
  const bound = Math.min(Math.max(value, least), most);
  if (bound !== value) remarks.push({ field, text: `${value} is not possible here; it becomes ${bound}` });
  return bound;
}

/** Milliseconds of the units of Go's durations. */
const units: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/** A duration as Go writes it (`1m30s`, `1.5s`), in one unit and within bounds. */
function duration(
  text: string | undefined,
  { field, least, most, remarks, problems }: { field: string; least: string; most: string } & Findings,
): string | undefined {
  if (text === undefined) return undefined;
  const isBare = /^\d{1,6}$/.test(text);
  const ms = isBare ? Number(text) * 1_000 : goDuration(text);
  if (ms === undefined) {
    problems.push(`${field}: write a duration, as in 500ms, 3s or 1m`);
    return undefined;
  }
  const bound = Math.min(Math.max(Math.round(ms), parseDuration(least)), parseDuration(most));
  const written = writeDuration(bound);
  if (isBare)
    remarks.push({ field, text: `without a unit Linkerd's prober fails; it is read as ${written}` });
  else if (bound !== ms) remarks.push({ field, text: `${text} is not possible here; it becomes ${written}` });
  return written;
}

function goDuration(text: string): number | undefined {
  if (text.length > 64 || !/^(?:\d+(?:\.\d*)?(?:ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined;
  const parts = text.matchAll(/(\d+(?:\.\d*)?)(ns|us|µs|ms|s|m|h)/g);
  return [...parts].reduce((sum, [, count, unit = '']) => sum + Number(count) * (units[unit] ?? 0), 0);
}

function writeDuration(ms: number): string {
  if (ms % 60_000 === 0) return `${ms / 60_000}m`;
  return ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`;
}

function given<K extends string, V>(name: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [name]: value } as Record<K, V>);
}
