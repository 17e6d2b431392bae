import type { Lease } from '../api/objects.js';
import { leases } from '../api/resources.js';
import type { Clock } from './clock.js';
import { isAlreadyExists, isConflict, isNotFound } from './errors.js';
import type { KubeClient } from './kube.js';
import { microTime } from './time.js';

/** Milliseconds; the defaults are those of client-go. A lease outlives the leader's own deadline, so two never lead. */
export interface Durations {
  /** After how long without renewal others may take over. */
  readonly lease: number;
  /** After how long without renewal the leader gives up. */
  readonly renewDeadline: number;
  /** Pause between attempts. */
  readonly retry: number;
}

/** What is used when nothing else is said. */
export const defaultDurations: Durations = { lease: 15_000, renewDeadline: 10_000, retry: 2_000 };

/** Who stands for election, and for which lease. */
export interface Candidacy {
  readonly namespace: string;
  readonly name: string;
  /** Must differ between any two candidates, also between a pod and its successor. */
  readonly identity: string;
  readonly clock: Clock;
  readonly durations?: Durations;
}

/** One process's hold on a lease. */
export interface LeaseClaim {
  /** Takes or renews the lease; false when another holds it. */
  claim(signal: AbortSignal): Promise<boolean>;
  /** Lets others take the lease at once, if it is ours. */
  release(): Promise<void>;
  /** Monotonic time before the last successful claim was sent. */
  renewedAt(): number;
}

/** Makes the hold on a lease for one candidate; nothing is read or written yet. */
export function createClaim(kube: KubeClient, o: Candidacy): LeaseClaim {
  const { namespace, name, identity, clock, durations = defaultDurations } = o;
  const key = `${namespace}/${name}`;
  let held: Lease | undefined;
  let renewedAt = -Infinity;
  /** When this process first saw the lease as it is: the clocks of other machines are not to be trusted. */
  let observed: { version: string | undefined; at: number } | undefined;

  const read = async (signal?: AbortSignal): Promise<Lease | undefined> => {
    try {
      return await kube.get(leases, key, signal);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  };

  const heldByOther = ({ metadata, spec }: Lease): boolean => {
    if (!spec.holderIdentity || spec.holderIdentity === identity) return false;
    if (observed?.version !== metadata.resourceVersion)
      observed = { version: metadata.resourceVersion, at: clock.monotonic() };
    return (
      clock.monotonic() < (observed?.at ?? 0) + (spec.leaseDurationSeconds ?? durations.lease / 1000) * 1000
    );
  };

  const write = (current: Lease | undefined, signal: AbortSignal): Promise<Lease> => {
    const now = microTime(clock.now());
    const again = current?.spec.holderIdentity === identity;
    const spec: Lease['spec'] = {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(durations.lease / 1000),
      acquireTime: (again ? current?.spec.acquireTime : undefined) ?? now,
      renewTime: now,
      leaseTransitions: (current?.spec.leaseTransitions ?? -1) + (again ? 0 : 1),
    };
    if (current !== undefined) return kube.replace(leases, { ...current, spec }, signal);
    const fresh: Lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name, namespace },
      spec,
    };
    return kube.create(leases, fresh, signal);
  };

  return {
    renewedAt: () => renewedAt,
    async claim(signal) {
      const started = clock.monotonic();
      const current = held ?? (await read(signal));
      held = undefined;
      if (current !== undefined && heldByOther(current)) return false;
      try {
        held = await write(current, signal);
      } catch (error) {
        if (!isConflict(error) && !isAlreadyExists(error)) throw error;
        // Somebody wrote in between: whoever it was, the next look tells.
        if (renewedAt === -Infinity) return false;
        throw error;
      }
      renewedAt = started;
      return true;
    },
    async release() {
      // Nothing is held in hand when a renewal was broken off; the lease may be ours all the same.
      const current = held ?? (await read());
      held = undefined;
      if (current?.spec.holderIdentity !== identity) return;
      // One second, and not nothing: the API server wants a positive duration.
      const spec = {
        ...current.spec,
        holderIdentity: '',
        leaseDurationSeconds: 1,
        renewTime: microTime(clock.now()),
      };
      await kube.replace(leases, { ...current, spec });
    },
  };
}
