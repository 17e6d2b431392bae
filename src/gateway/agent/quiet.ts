import type { Clock } from '../../runtime/clock.js';

/** How long, in milliseconds, a gateway must be without new connections before it counts as left. */
const quiet = 3_000;
const lookEvery = 100;

/**
 * Waits until no new connection has come for a moment: then all clients have noticed that this gateway leaves.
 *
 * @param connections the number of live connections
 * @param limit give up after so many milliseconds
 */
export async function whenQuiet(
  connections: () => number,
  limit: number,
  clock: Clock,
): Promise<'quiet' | 'late'> {
  const started = clock.monotonic();
  let lastArrival = started;
  let before = connections();
  while (clock.monotonic() - started < limit) {
    await clock.sleep(lookEvery);
    const now = connections();
    if (now > before) lastArrival = clock.monotonic();
    before = now;
    if (clock.monotonic() - lastArrival >= quiet) return 'quiet';
  }
  return 'late';
}
