import type { Attempt } from '../echo.js';
import type { Departure } from './departures.js';

/** What one change of the gateways' pods did to callers, and what it took. */
export interface Account {
  readonly what: string;
  readonly seconds: number;
  readonly calls: number;
  readonly failures: readonly Attempt[];
  /** Writes of slices. */
  readonly writes: number;
  readonly departures: readonly Departure[];
}

/** The account in lines for people. */
export function tell({ what, seconds, calls, failures, writes, departures }: Account): string[] {
  const pods = departures.map(({ pod, told, left, ended }) => {
    const after = (moment: number | undefined) =>
      moment === undefined ? 'never' : `${Math.max(0, (moment - told) / 1_000).toFixed(1)} s`;
    return `  ${pod}: out of all slices after ${after(left)}, ended after ${after(ended)}`;
  });
  return [
    `${what}: ${seconds.toFixed(0)} s, ${calls} calls, ${failures.length} failed, ${writes} writes of slices`,
    ...pods,
    ...failures.slice(0, 5).map(({ time, error }) => `  failed at ${time}: ${error ?? 'no 2xx'}`),
  ];
}
