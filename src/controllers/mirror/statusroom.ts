import type { Controller } from '../../runtime/controller.js';

/** Statuses under way at most while Services or slices are written, and while one of these is urgent. */
const besideTraffic = { usual: 3, urgent: 1 } as const;

/**
 * How many statuses may be under way: Services and slices carry traffic, and statuses only tell of it.
 *
 * @param limit what the API server takes
 * @param carrying the controllers of Services and slices
 */
export function statusRoom(limit: number, carrying: readonly Pick<Controller, 'idle' | 'urgent'>[]): number {
  if (carrying.some((controller) => controller.urgent())) return Math.min(besideTraffic.urgent, limit);
  if (carrying.every((controller) => controller.idle())) return limit;
  return Math.min(besideTraffic.usual, limit);
}
