import { conditionOf } from '../../api/conditions.js';
import { backendsOfStatus } from '../../api/backends.js';
import type { ServiceMirrorStatus } from '../../api/mirrorstatus.js';
import { keyOf } from '../../api/resources.js';
import type { ServiceMirror } from '../../api/servicemirror.js';
import type { Clock } from '../../runtime/clock.js';

/** Holds back the first status of a mirror while another one is about to follow. */
export interface FirstStatuses {
  /**
   * The time (ms) for which this status need not be written yet; undefined: write it. Until then the default of the
   * CRD (`observedGeneration: -1`) shows that the mirror is in progress.
   */
  wait(mirror: Readonly<ServiceMirror>, status: ServiceMirrorStatus): number | undefined;
  /** Forgets the mirror of that key. */
  forget(key: string): void;
}

/** Times in milliseconds. */
const patience = {
  /** Nothing has changed for so long: somebody may be waiting for an explanation. */
  stuck: 5_000,
  /** Its turn has not come: many mirrors are new at once. */
  inLine: 3 * 60_000,
} as const;

interface Waiting {
  readonly uid: string | undefined;
  readonly since: number;
  /** The last message, and since when it is that one. */
  readonly message: string | undefined;
  readonly changed: number;
}

/**
 * Starts without mirrors.
 *
 * @param o.isInLine whether the Service or the slices of that mirror are still to be looked at; after that, the
 *   status has to be looked at again
 */
export function createFirstStatuses(o: { clock: Clock; isInLine: (key: string) => boolean }): FirstStatuses {
  const waiting = new Map<string, Waiting>();
  return {
    wait(mirror, status) {
      const key = keyOf(mirror);
      const isInLine = o.isInLine(key);
      if (!isFirst(mirror) || leads(status) || !(isInLine || isOnItsWay(status))) {
        waiting.delete(key);
        return undefined;
      }
      const now = o.clock.monotonic();
      const { uid } = mirror.metadata;
      const message = conditionOf({ status }, 'Ready')?.message;
      const known = waiting.get(key);
      const before = known?.uid === uid ? known : undefined;
      const isSame = before !== undefined && !isInLine && before.message === message;
      const [since, changed] = [before?.since ?? now, isSame ? before.changed : now];
      waiting.set(key, { uid, since, message, changed });
      const until = isInLine ? Infinity : changed + patience.stuck;
      const left = Math.min(until, since + patience.inLine) - now;
      return left > 0 ? left : undefined;
    },
    forget: (key) => void waiting.delete(key),
  };
}

function isFirst({ status }: Readonly<ServiceMirror>): boolean {
  return status?.conditions === undefined;
}

function isOnItsWay(status: ServiceMirrorStatus): boolean {
  return conditionOf({ status }, 'Ready')?.reason === 'Pending';
}

/** Egress gateways learn their routes from the status, so one with an egress port never waits. */
function leads(status: ServiceMirrorStatus): boolean {
  return backendsOfStatus({ status }).some(({ ports }) =>
    ports.some(({ gatewayPort }) => gatewayPort !== undefined),
  );
}
