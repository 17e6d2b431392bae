import type { Lease } from '../api/objects.js';
import { leases } from '../api/resources.js';
import type { Clock } from './clock.js';
import { isAlreadyExists, isConflict, isNotFound } from './errors.js';
import type { KubeClient } from './kube.js';
import { silent, type Log } from './log.js';
import type { Metrics } from './metrics.js';
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

/** Who stands for election, and for which lease. */
export interface ElectionOptions {
  readonly namespace: string;
  readonly name: string;
  /** Must differ between any two candidates, also between a pod and its successor. */
  readonly identity: string;
  readonly clock: Clock;
  readonly durations?: Durations;
  readonly log?: Log;
  readonly metrics?: Metrics;
  readonly random?: () => number;
}

const defaults: Durations = { lease: 15_000, renewDeadline: 10_000, retry: 2_000 };

/**
 * Waits until this process holds the lease, runs `onLeading`, and keeps the lease renewed until that has ended.
 *
 * When the signal aborts, `onLeading`'s signal does, too; the lease is kept while it winds up and then given back. When
 * the lease cannot be renewed in time, `onLeading`'s signal aborts and `'lost'` is returned at once: another may lead from
 * now on, so the process should end. An error of `onLeading` gives the lease back and is thrown.
 */
export async function runElection(
  kube: KubeClient,
  o: ElectionOptions,
  onLeading: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<'lost' | 'stopped'> {
  const lease = createClaim(kube, o);
  o.metrics?.leader.set({ name: o.name }, 0);
  if (!(await acquire(lease, o, signal))) return 'stopped';
  o.metrics?.leader.set({ name: o.name }, 1);
  (o.log ?? silent).info('leading', { lease: o.name, identity: o.identity });
  try {
    return await lead(lease, o, onLeading, signal);
  } finally {
    o.metrics?.leader.set({ name: o.name }, 0);
  }
}

async function acquire(lease: Claim, o: ElectionOptions, signal: AbortSignal): Promise<boolean> {
  const { clock, durations = defaults, log = silent, random = Math.random } = o;
  while (!signal.aborted) {
    try {
      if (await lease.claim(signal)) return true;
    } catch (error) {
      if (!signal.aborted) log.warn('the lease cannot be claimed', { lease: o.name, error });
    }
    await clock.sleep(durations.retry * (1 + random() * 0.2), signal);
  }
  return false;
}

async function lead(
  lease: Claim,
  o: ElectionOptions,
  onLeading: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<'lost' | 'stopped'> {
  const work = new AbortController();
  const stop = () => work.abort(signal.reason);
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });

  const over = new AbortController();
  const working = (async () => onLeading(work.signal))();
  const worked = working.then(
    () => 'worked' as const,
    () => 'worked' as const,
  );
  const renewing = renew(lease, o, over.signal);
  try {
    if ((await Promise.race([worked, renewing])) === 'lost') {
      (o.log ?? silent).error('the lease is lost', { lease: o.name, identity: o.identity });
      work.abort(new Error('the lease is lost'));
      return 'lost';
    }
    over.abort();
    await renewing;
    await lease.release().catch((error: unknown) => o.log?.warn('the lease was not given back', { error }));
    await working;
    return 'stopped';
  } finally {
    over.abort();
    signal.removeEventListener('abort', stop);
  }
}

/** Renews until told to end, or until the deadline has passed without success. */
async function renew(lease: Claim, o: ElectionOptions, over: AbortSignal): Promise<'lost' | 'ended'> {
  const { clock, durations = defaults, log = silent } = o;
  while (!over.aborted) {
    await clock.sleep(durations.retry, over);
    if (over.aborted) break;
    const left = lease.renewedAt() + durations.renewDeadline - clock.monotonic();
    if (left <= 0) return 'lost';
    const attempt = new AbortController();
    const stop = () => attempt.abort();
    const cancel = clock.after(left, stop);
    over.addEventListener('abort', stop, { once: true });
    try {
      if (!(await lease.claim(attempt.signal))) return 'lost';
    } catch (error) {
      if (!over.aborted) log.warn('the lease was not renewed', { lease: o.name, error });
    } finally {
      cancel();
      over.removeEventListener('abort', stop);
    }
  }
  return 'ended';
}

interface Claim {
  /** Takes or renews the lease; false when another holds it. */
  claim(signal: AbortSignal): Promise<boolean>;
  release(): Promise<void>;
  /** Monotonic time before the last successful claim was sent. */
  renewedAt(): number;
}

function createClaim(kube: KubeClient, o: ElectionOptions): Claim {
  const { namespace, name, identity, clock, durations = defaults } = o;
  const key = `${namespace}/${name}`;
  let held: Lease | undefined;
  let renewedAt = -Infinity;
  /** When this process first saw the lease as it is: the clocks of other machines are not to be trusted. */
  let observed: { version: string | undefined; at: number } | undefined;

  const read = async (signal: AbortSignal): Promise<Lease | undefined> => {
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
      const current = held;
      if (current === undefined) return;
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
