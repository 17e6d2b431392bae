import type { Clock } from './clock.js';

/** Work that goes on without I/O stops after this time (ms), and goes on when what has arrived meanwhile was handled. */
export const longestBreath = 10;

/** Lets Node turn to its timers and sockets, if that is due; undefined: it is not. */
export type Breather = () => Promise<void> | undefined;

/**
 * Makes a breather, for all who take turns at the processor: those who wait go on together, because each of them would
 * keep the others' next turn waiting. Promises alone never let Node turn to its sockets: ten thousand keys that need no
 * write would be reconciled in a row, while no event is read, no probe is judged, and nobody is told that the process lives.
 */
export function createBreather(clock: Clock): Breather {
  let since = clock.monotonic();
  let turn: Promise<void> | undefined;
  return () => {
    if (turn === undefined && clock.monotonic() - since < longestBreath) return undefined;
    turn ??= new Promise((resolve) =>
      setImmediate(() => {
        since = clock.monotonic();
        turn = undefined;
        resolve();
      }),
    );
    return turn;
  };
}
