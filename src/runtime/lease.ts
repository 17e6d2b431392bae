import type { Lease } from '../api/objects.js';
import { leases } from '../api/resources.js';
import { type Clock, microTime } from './clock.js';
import { isAlreadyExists, isConflict, isNotFound } from './errors.js';
import type { KubeClient } from './kube.js';

/**
 * Milliseconds; the defaults are those of client-go. A lease lasts longer than the leader's own deadline, so two
 * processes never lead.
 */
export interface Durations {
  /** Time without renewal after which others may take the lease. */
  readonly lease: number;
  /** Time without renewal after which the leader gives up. */
  readonly renewDeadline: number;
  /** Pause between attempts. */
  readonly retry: number;
}

/** The defaults. */
export const defaultDurations: Durations = { lease: 15_000, renewDeadline: 10_000, retry: 2_000 };

/** A candidate, and the lease that it wants. */
export interface Candidacy {
  readonly namespace: string;
  readonly name: string;
  /** Must differ between any two candidates, also between a pod and its successor. */
  readonly identity: string;
  /** Labels of the lease while this candidate holds it. @default it keeps those that it has */
  readonly labels?: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly durations?: Durations;
}

/** One process's hold on a lease. */
export interface LeaseClaim {
  /** Takes or renews the lease; false when another holds it. */
  claim(signal: AbortSignal): Promise<boolean>;
  /** Gives the lease up, if it is ours, so that others can take it at once. */
  release(): Promise<void>;
  /** Monotonic time before the last successful claim was sent. */
  renewedAt(): number;
}

/** Makes the hold on a lease for one candidate; nothing is read or written yet. */
export function createClaim(kube: KubeClient, o: Candidacy): LeaseClaim {
  const { namespace, name, identity, labels, clock, durations = defaultDurations } = o;
  const key = `${namespace}/${name}`;
  let held: Lease | undefined;
  let renewedAt = -Infinity;
  /** When this process first saw the present lease: the clocks of other machines cannot be trusted. */
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
    if (!spec.holderIdentity) return false;
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
    const labelled = labels === undefined ? {} : { labels: { ...current?.metadata.labels, ...labels } };
    if (current !== undefined) {
      const metadata = { ...current.metadata, ...labelled };
      return kube.replace(leases, { ...current, metadata, spec }, {}, signal);
    }
    const fresh: Lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name, namespace, ...labelled },
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
      // who held it and lost it does not take it again, also if nobody holds it now
      const isOurs = current?.spec.holderIdentity === identity;
      if (current !== undefined && !isOurs && (renewedAt !== -Infinity || heldByOther(current))) return false;
      try {
        held = await write(current, signal);
      } catch (error) {
        if (!isConflict(error) && !isAlreadyExists(error)) throw error;
        // somebody wrote in between; the next look shows who
        if (renewedAt === -Infinity) return false;
        throw error;
      }
      renewedAt = started;
      return true;
    },
    async release() {
      // when a renewal was broken off, nothing is known; the lease may still be ours
      const current = held ?? (await read());
      [held, renewedAt] = [undefined, -Infinity];
      if (current?.spec.holderIdentity !== identity) return;
      // one second and not zero, since the API server wants a positive duration
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
