import type { Clock } from '../../runtime/clock.js';
import type { Log } from '../../runtime/log.js';
import type { GatewayEvents, Refusal } from '../events.js';

/** Events that stop with the gateway. */
export interface BoundEvents {
  readonly events: GatewayEvents;
  /** Stops reporting. */
  readonly close: () => void;
}

/**
 * How often a bound is reported, in milliseconds, and how long nobody must have been refused before its end is
 * reported.
 */
const every = 60_000;

/** Reasons that mean a bound, with the fix. */
const bounds: Partial<Record<Refusal, string>> = {
  TooMany: 'find out who opens so many, or raise --max-connections together with memory and open files',
  TooManyHandshakes:
    'find out who begins so many; where a load balancer hides addresses, use externalTrafficPolicy: Local',
};

/** A bound at which connections are refused. */
interface Reached {
  /** Refused connections since the last report, and in all. */
  lately: number;
  total: number;
  cancel: () => void;
}

/**
 * Passes events on, and writes to the log when a gateway is at a bound of connections, of requests or of handshakes,
 * in every implementation: at once, then once a minute, and again when a minute has passed without a refusal.
 */
export function tellBounds(
  events: GatewayEvents,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): BoundEvents {
  const reached = new Map<string, Reached>();

  function look(
    key: string,
    one: Reached,
    fields: { readonly reason: Refusal; readonly link?: string },
  ): void {
    if (one.lately === 0) {
      reached.delete(key);
      return log.info('the gateway is below its bound again', { ...fields, refused: one.total });
    }
    log.warn('the gateway is still at a bound', { ...fields, refused: one.lately });
    one.lately = 0;
    one.cancel = clock.after(every, () => look(key, one, fields));
  }

  function refused(reason: Refusal, link?: string): void {
    const fix = bounds[reason];
    if (fix === undefined) return;
    const fields = { reason, ...(link !== undefined && { link }) };
    const key = `${reason} ${link ?? ''}`;
    const known = reached.get(key);
    if (known !== undefined) {
      known.lately++;
      known.total++;
      return;
    }
    log.warn('the gateway is at a bound: what is too much is refused', { ...fields, fix });
    const one: Reached = {
      ...{ lately: 0, total: 1 },
      cancel: clock.after(every, () => look(key, one, fields)),
    };
    reached.set(key, one);
  }

  return {
    events: {
      ...events,
      refused(reason, link) {
        events.refused(reason, link);
        refused(reason, link);
      },
    },
    close() {
      for (const { cancel } of reached.values()) cancel();
      reached.clear();
    },
  };
}
