import { createClaim, defaultDurations, type Candidacy, type LeaseClaim } from './lease.js';
import { startDeadline } from './deadline.js';
import type { KubeClient } from './kube.js';
import { silent, type Log } from './log.js';
import type { Metrics } from './metrics.js';

/** The candidate of an election, and its log. */
export interface ElectionOptions extends Candidacy {
  readonly log?: Log;
  readonly metrics?: Metrics;
  readonly random?: () => number;
}

/**
 * Waits until this process holds the lease, runs `onLeading`, and keeps the lease renewed until that has ended. When
 * the signal aborts, the signal of `onLeading` aborts, too; the lease is kept until it has ended, and is then given
 * back. When the lease cannot be renewed in time, the signal of `onLeading` aborts and `'lost'` is returned at once:
 * another process may lead from now on, so this one should end. An error of `onLeading` gives the lease back and is
 * thrown.
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

async function acquire(lease: LeaseClaim, o: ElectionOptions, signal: AbortSignal): Promise<boolean> {
  const { clock, durations = defaultDurations, log = silent, random = Math.random } = o;
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
  lease: LeaseClaim,
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

/** Renews until the signal aborts, or until the deadline has passed without success. */
async function renew(lease: LeaseClaim, o: ElectionOptions, over: AbortSignal): Promise<'lost' | 'ended'> {
  const { clock, durations = defaultDurations, log = silent } = o;
  while (!over.aborted) {
    await clock.sleep(durations.retry, over);
    if (over.aborted) break;
    const left = lease.renewedAt() + durations.renewDeadline - clock.monotonic();
    if (left <= 0) return 'lost';
    const attempt = startDeadline(clock, left, over);
    try {
      if (!(await lease.claim(attempt.signal))) return 'lost';
    } catch (error) {
      if (!over.aborted) log.warn('the lease was not renewed', { lease: o.name, error });
    } finally {
      attempt.done();
    }
  }
  return 'ended';
}
