import { conditionOf } from '../../api/conditions.js';
import { backendsOfStatus } from '../../api/backends.js';
import type { ServiceMirrorStatus } from '../../api/mirrorstatus.js';
import type { ServiceMirror } from '../../api/servicemirror.js';
import type { Clock } from '../../runtime/clock.js';

/** Holds back the first status of a mirror while it would only say that the mirror is on its way. */
export interface FirstStatuses {
  /**
   * The time (ms) for which this status need not be written yet; undefined: write it. Until then the default of the
   * CRD (`observedGeneration: -1`) shows that the mirror is in progress.
   *
   * @param o.tried whether its Service has been decided, so that only its own slices and routes are missing
   */
  wait(o: {
    mirror: Readonly<ServiceMirror>;
    status: ServiceMirrorStatus;
    tried: boolean;
  }): number | undefined;
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
  /** The last known message, and since when it is that one. */
  message: string;
  changed: number;
}

/** Starts without mirrors. */
export function createFirstStatuses({ clock }: { clock: Clock }): FirstStatuses {
  const waiting = new Map<string, Waiting>();
  return {
    wait({ mirror, status, tried }) {
      const { namespace, name, uid } = mirror.metadata;
      const key = `${namespace}/${name}`;
      if (!isFirst(mirror) || !isOnItsWay(status)) {
        waiting.delete(key);
        return undefined;
      }
      const now = clock.monotonic();
      const message = `${tried} ${conditionOf({ status }, 'Ready')?.message}`;
      const known = waiting.get(key);
      const its =
        known?.uid === uid && known !== undefined ? known : { uid, since: now, message, changed: now };
      waiting.set(key, its);
      if (its.message !== message) Object.assign(its, { message, changed: now });
      const until = tried ? its.changed + patience.stuck : Infinity;
      const left = Math.min(until, its.since + patience.inLine) - now;
      return left > 0 ? left : undefined;
    },
    forget: (key) => void waiting.delete(key),
  };
}

function isFirst({ status }: Readonly<ServiceMirror>): boolean {
  return status?.conditions === undefined;
}

/** Egress gateways learn their routes from the status, so one with an egress port never waits. */
function isOnItsWay(status: ServiceMirrorStatus): boolean {
  const ready = conditionOf({ status }, 'Ready');
  const leads = backendsOfStatus({ status }).some(({ ports }) =>
    ports.some(({ gatewayPort }) => gatewayPort !== undefined),
  );
  return ready?.reason === 'Pending' && !leads;
}
