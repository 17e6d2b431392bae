import type { Lease } from '../api/objects.js';
import { leases } from '../api/resources.js';
import { microTime, type Clock } from './clock.js';
import { isConflict, isForbidden, isNotFound } from './errors.js';
import type { KubeClient } from './kube.js';

/** The label of a Lease that says of how many shares it is one; absent: of one. */
export interface Division {
  readonly label: string;
  readonly count: number;
  /** The Leases of that many shares. */
  readonly names: readonly string[];
  /** The Leases of any number of shares. */
  readonly all: readonly string[];
}

/** A Lease, and the monotonic time (ms) at which this process first saw its present version. */
export interface SeenLease {
  readonly lease: Readonly<Lease>;
  readonly since: number;
}

/** Leases of processes that divide the work in another way. */
export interface Rivals {
  /** Names of those whose holder may live. */
  readonly live: readonly string[];
  /** Those whose holder has not renewed them in time. */
  readonly expired: readonly Readonly<Lease>[];
}

/**
 * Finds the Leases that are held under another number of shares. While there is one, nothing may be led: the two would
 * divide the same work differently. The clocks of other machines do not count, so a Lease lives until this process has
 * seen it unchanged for its duration.
 */
export function rivalsOf(seen: readonly SeenLease[], { label, count, names }: Division, now: number): Rivals {
  const others = seen.filter(({ lease: { metadata, spec } }) => {
    const same = names.includes(metadata.name) && (metadata.labels?.[label] ?? '1') === String(count);
    return !same && (spec.holderIdentity ?? '') !== '';
  });
  const isExpired = ({ lease, since }: SeenLease) =>
    now >= since + (lease.spec.leaseDurationSeconds ?? 0) * 1_000;
  return {
    live: others.filter((one) => !isExpired(one)).map(({ lease }) => lease.metadata.name),
    expired: others.filter(isExpired).map(({ lease }) => lease),
  };
}

/** Looks for rivals; throws the errors of the API client. */
export interface RivalWatch {
  /**
   * The names of Leases whose holders divide the work in another way; empty: nobody does. A Lease that has expired is
   * taken from its holder, so that a process that was only asleep cannot renew it.
   */
  look(signal: AbortSignal): Promise<readonly string[]>;
}

/** Remembers what it has seen, so that it can tell the dead from the living. */
export function createRivalWatch(
  kube: KubeClient,
  o: { namespace: string; division: Division; clock: Clock },
): RivalWatch {
  const { namespace, division, clock } = o;
  const known = new Map<string, SeenLease>();

  async function read(name: string, signal: AbortSignal): Promise<SeenLease[]> {
    try {
      const lease = await kube.get(leases, `${namespace}/${name}`, signal);
      const before = known.get(name);
      const isSame = before?.lease.metadata.resourceVersion === lease.metadata.resourceVersion;
      const seen = { lease, since: isSame && before ? before.since : clock.monotonic() };
      known.set(name, seen);
      return [seen];
    } catch (error) {
      // all replicas have the same rights, so nobody can hold a Lease that this one may not read
      if (isNotFound(error) || isForbidden(error)) return [];
      throw error;
    }
  }

  async function take(lease: Readonly<Lease>, signal: AbortSignal): Promise<string[]> {
    const now = microTime(clock.now());
    const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: now };
    try {
      await kube.replace(leases, { ...lease, spec }, {}, signal);
      return [];
    } catch (error) {
      // its holder lives
      if (isConflict(error)) return [lease.metadata.name];
      throw error;
    }
  }

  return {
    async look(signal) {
      const seen = await Promise.all(division.all.map((name) => read(name, signal)));
      const { live, expired } = rivalsOf(seen.flat(), division, clock.monotonic());
      if (live.length > 0) return live;
      return (await Promise.all(expired.map((lease) => take(lease, signal)))).flat();
    },
  };
}
