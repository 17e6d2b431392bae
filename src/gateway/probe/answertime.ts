/** The weight of a new sample beside all before it, as TCP smooths its round trips (RFC 6298, section 2.3). */
const gain = 1 / 8;

/** How far a time has to move, as a part of itself and at least in milliseconds, before another one is told. */
const steady = { part: 1 / 4, least: 2 } as const;

/**
 * Makes a function that takes the milliseconds of one answer after the other, and tells one time for them: smoothed, in
 * whole milliseconds, and the same until it is clearly another. Whoever compares links by it changes nothing when
 * single answers are slow.
 */
export function createAnswerTime(): (ms: number) => number {
  let smoothed: number | undefined;
  let told = 0;
  return (ms) => {
    const isFirst = smoothed === undefined;
    smoothed = smoothed === undefined ? ms : smoothed + gain * (ms - smoothed);
    const moved = Math.abs(smoothed - told);
    if (isFirst || moved > Math.max(steady.least, told * steady.part))
      told = Math.max(1, Math.round(smoothed));
    return told;
  };
}
