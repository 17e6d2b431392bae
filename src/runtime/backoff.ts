/** Bounds of an exponential backoff, in milliseconds. */
export interface Backoff {
  readonly base: number;
  readonly max: number;
}

/**
 * The wait after so many failures in a row: doubled each time up to the maximum, then shortened by up to a half at
 * random, so that many waiters do not come back together.
 *
 * @param failures 1 after the first failure
 * @param random in [0, 1)
 * @returns milliseconds
 */
export function backoffDelay(failures: number, { base, max }: Backoff, random: () => number): number {
  const full = Math.min(max, base * 2 ** Math.min(failures - 1, 40));
  return full * (1 - random() / 2);
}
