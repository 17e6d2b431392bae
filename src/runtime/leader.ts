import { createClaim, defaultDurations, type Candidacy, type LeaseClaim } from './lease.js';
import { startDeadline } from './deadline.js';
import type { KubeClient } from './kube.js';
import { silent, type Log } from './log.js';
import type { Metrics } from './metrics.js';
import type { RivalWatch } from './rivals.js';

/** The candidate of an election, and its log. */
export interface ElectionOptions extends Omit<Candidacy, 'name'> {
  /** The leases that are tried in turn; the first one that is free is taken, and no other. */
  readonly names: readonly string[];
  /** Is asked before anything is led. @default nobody leads under another division */
  readonly rivals?: RivalWatch;
  readonly log?: Log;
  readonly metrics?: Metrics;
  readonly random?: () => number;
}

/** A lease that this process may take or holds. */
interface Contested {
  readonly name: string;
  readonly claim: LeaseClaim;
}

/**
 * Waits until this process holds one of the leases, runs `onLeading`, and keeps the lease renewed until that has
 * ended. When the signal aborts, the signal of `onLeading` aborts, too; the lease is kept until it has ended, and is
 * then given back. When the lease cannot be renewed in time, the signal of `onLeading` aborts and `'lost'` is returned
 * at once: another process may lead from now on, so this one should end. An error of `onLeading` gives the lease back
 * and is thrown.
 *
 * @param onLeading gets the name of the lease
 */
export async function runElection(
  kube: KubeClient,
  o: ElectionOptions,
  onLeading: (name: string, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<'lost' | 'stopped'> {
  const { names, random = Math.random } = o;
  // candidates that start together begin with different ones
  const first = Math.floor(random() * names.length);
  const contested = [...names.slice(first), ...names.slice(0, first)].map((name) => ({
    name,
    claim: createClaim(kube, { ...o, name }),
  }));
  for (const name of names) o.metrics?.leader.set({ name }, 0);
  const won = await acquire(contested, o, signal);
  if (won === undefined) return 'stopped';
  const { name } = won;
  o.metrics?.leader.set({ name }, 1);
  (o.log ?? silent).info('leading', { lease: name, identity: o.identity });
  try {
    return await lead(won, o, (working) => onLeading(name, working), signal);
  } finally {
    o.metrics?.leader.set({ name }, 0);
  }
}

async function acquire(
  contested: readonly Contested[],
  o: ElectionOptions,
  signal: AbortSignal,
): Promise<Contested | undefined> {
  const { clock, durations = defaultDurations, log = silent, random = Math.random } = o;
  /** Those that were found last, so that they are looked for before a lease is taken again. */
  let rivals: readonly string[] = [];

  async function look(): Promise<boolean> {
    const before = rivals.join();
    rivals = (await o.rivals?.look(signal)) ?? [];
    if (rivals.length > 0 && rivals.join() !== before)
      log.info('waits for replicas with another number of shares', { leases: rivals });
    return rivals.length === 0;
  }

  /** A lease is written before rivals are looked for: of two that claim at once, at least one sees the other. */
  async function takes({ claim }: Contested): Promise<boolean> {
    if (!(await claim.claim(signal))) return false;
    const free = await look().catch(async (error: unknown) => {
      await claim.release();
      throw error;
    });
    if (!free) await claim.release();
    return free;
  }

  while (!signal.aborted) {
    for (const one of contested) {
      try {
        if (rivals.length > 0 && !(await look())) break;
        if (await takes(one)) return one;
      } catch (error) {
        if (!signal.aborted) log.warn('the lease cannot be claimed', { lease: one.name, error });
      }
      if (signal.aborted) break;
    }
    await clock.sleep(durations.retry * (1 + random() * 0.2), signal);
  }
  return undefined;
}

async function lead(
  { name, claim: lease }: Contested,
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
  const renewing = renew({ name, claim: lease }, o, over.signal);
  try {
    if ((await Promise.race([worked, renewing])) === 'lost') {
      (o.log ?? silent).error('the lease is lost', { lease: name, identity: o.identity });
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
async function renew(
  { name, claim: lease }: Contested,
  o: ElectionOptions,
  over: AbortSignal,
): Promise<'lost' | 'ended'> {
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
      if (!over.aborted) log.warn('the lease was not renewed', { lease: name, error });
    } finally {
      attempt.done();
    }
  }
  return 'ended';
}
