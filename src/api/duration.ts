const units = { ms: 1, s: 1000, m: 60_000 } as const;

/** The form of a duration: a whole number and one unit, as in `500ms`, `3s`, `1m`. */
export const durationPattern = /^([1-9][0-9]{0,5})(ms|s|m)$/;

/**
 * Milliseconds of a duration like `500ms`, `3s` or `1m`.
 *
 * @throws RangeError when the text is not a duration
 */
export function parseDuration(text: string): number {
  if (!durationPattern.test(text)) {
    throw new RangeError(
      `not a duration: ${JSON.stringify(text)}; write a number and a unit, as in 500ms, 3s or 1m`,
    );
  }
  return millisecondsOf(text);
}

/** Milliseconds of a count, which may be 0, and a unit; NaN when the text is something else. */
export function millisecondsOf(text: string): number {
  const [, count, unit] = /^(\d+)(ms|s|m)$/.exec(text) ?? [];
  return Number(count) * units[unit as keyof typeof units];
}
