import type { Clock } from '../../runtime/clock.js';
import type { Controller, ControllerOptions } from '../../runtime/controller.js';

type Reconcile = ControllerOptions['reconcile'];

/** When the status of a mirror may be written: Services and slices carry traffic, and statuses only tell of it. */
export interface StatusRoom {
  /** How many statuses may be under way now. */
  readonly atOnce: () => number;
  /** The same reconcile, which begins after {@link urgentPause} while Services or slices are urgent. */
  inTurn(reconcile: Reconcile): Reconcile;
}

/** Statuses under way at most while Services or slices are written, and while one of these is urgent. */
const besideTraffic = { usual: 3, urgent: 1 } as const;

/**
 * The pause (ms) before each status while slices of a lost gateway are in line. A status takes as long as a slice, so without
 * it the last slice comes late; with it no status waits for ever, however long this lasts.
 */
export const urgentPause = 250;

/**
 * Gives Services and slices precedence.
 *
 * @param o.limit what the API server takes
 * @param o.carrying the controllers of Services and slices
 */
export function createStatusRoom(o: {
  readonly clock: Clock;
  readonly limit: () => number;
  readonly carrying: () => readonly Pick<Controller, 'idle' | 'urgent'>[];
}): StatusRoom {
  const isUrgent = () => o.carrying().some((controller) => controller.urgent());
  return {
    atOnce: () => {
      if (isUrgent()) return Math.min(besideTraffic.urgent, o.limit());
      const isBusy = o.carrying().some((controller) => !controller.idle());
      return isBusy ? Math.min(besideTraffic.usual, o.limit()) : o.limit();
    },
    inTurn: (reconcile) => async (key, signal) => {
      if (isUrgent()) await o.clock.sleep(urgentPause, signal);
      return reconcile(key, signal);
    },
  };
}
