import { hostname } from 'node:os';
import { randomUUID } from 'node:crypto';
import { keys } from '../api/names.js';
import { allLeases, leasesOf } from '../api/shares.js';
import { backoffDelay } from '../runtime/backoff.js';
import { systemClock, type Clock } from '../runtime/clock.js';
import { createKube } from '../runtime/kube.js';
import { loadLocal } from '../runtime/local.js';
import { createLiveness } from '../runtime/liveness.js';
import { runElection } from '../runtime/leader.js';
import { createRivalWatch } from '../runtime/rivals.js';
import type { Log } from '../runtime/log.js';
import { createMetrics } from '../runtime/metrics.js';
import { watchForRewind } from '../runtime/rewind.js';
import { startServer } from '../runtime/server.js';
import { localClient, runControllers } from '../controllers/operator.js';
import { readSelf } from '../controllers/self.js';
import { localReflectors } from '../controllers/caches.js';
import type { Address } from '../net/address.js';
import type { CertificateSource } from '../pki/profile.js';

/** The options of an operator process, out of its flags. */
export interface OperatorProcessOptions {
  readonly kubeconfig?: string;
  readonly namespace: string;
  readonly clusterName?: string;
  readonly leaderElection: boolean;
  /** Into how many shares the Links are divided; a replica leads one of them. */
  readonly shares: number;
  readonly egressAddresses: readonly string[];
  readonly gatewayAddresses: readonly Address[];
  readonly certificates: CertificateSource;
  readonly metricsAddress: string;
  readonly log: Log;
}

/**
 * Runs the operator until the signal aborts. Every replica keeps the local caches warm; only the leader of a share runs
 * controllers. Throws when the lease is lost, since another replica leads from then on.
 */
export async function runOperator(options: OperatorProcessOptions, signal: AbortSignal): Promise<void> {
  const { log, namespace } = options;
  const clock = systemClock;
  const metrics = createMetrics({ process: true });
  const liveness = createLiveness(clock);
  const kube = createKube(await loadLocal(options.kubeconfig), { ...localClient, metrics, clock });
  // it answers from the start: a process that waits for its API server is alive
  const local: { problems: () => string[] } = { problems: () => ['connecting to the API server'] };
  const server = await startServer({
    address: options.metricsAddress,
    live: () => liveness.problems(),
    ready: () => local.problems(),
    metrics,
  });
  const stop = new AbortController();
  const all = AbortSignal.any([signal, stop.signal]);
  try {
    const { clusterName } = options;
    const self = await untilAnswered(
      () => readSelf(kube, { namespace, ...(clusterName !== undefined && { clusterName }) }),
      { clock, log },
      signal,
    );
    const { caches, beginWrite, all: reflectors } = localReflectors(kube, { self, clock, log, liveness });
    local.problems = () =>
      Object.entries(caches).flatMap(([name, cache]) =>
        (cache as { synced: boolean }).synced ? [] : [`${name} are not read yet`],
      );
    const reading = Promise.all([
      ...reflectors.map((reflector) => reflector.run(all)),
      watchForRewind(reflectors, { clock, log }, all),
    ]);
    await Promise.all(reflectors.map((reflector) => reflector.whenSynced(all)));
    log.info('local cluster read', {
      cluster: self.cluster,
      mirrors: caches.mirrors.size,
      links: caches.links.size,
    });
    const instance = `${hostname()}-${randomUUID().slice(0, 8)}`;
    const count = options.shares;
    const lead = (index: number, leading: AbortSignal) =>
      runControllers(
        {
          ...{ kube, caches, beginWrite, self, clock, metrics, liveness, instance },
          log: count === 1 ? log : log.child({ share: index }),
          egressAddresses: options.egressAddresses,
          gatewayAddresses: options.gatewayAddresses,
          certificates: options.certificates,
          share: { index, count },
        },
        leading,
      );
    if (options.leaderElection) {
      const names = leasesOf(count);
      const division = { label: keys.shares, count, names, all: allLeases };
      const end = await runElection(
        kube,
        {
          ...{ namespace, names, identity: instance, clock, log, metrics },
          ...(count > 1 && { labels: { [keys.shares]: String(count) } }),
          rivals: createRivalWatch(kube, { namespace, division, clock }),
        },
        (name, leading) => lead(names.indexOf(name), leading),
        signal,
      );
      if (end === 'lost') throw new Error('the lease was lost; another replica leads');
    } else {
      await lead(0, signal);
    }
    stop.abort();
    await reading;
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    stop.abort();
    await server.close();
    await kube.close();
  }
}

/**
 * Asks until the API server answers. A process that ended each time would wait even longer, because of the backoff of
 * restarts.
 */
async function untilAnswered<T>(
  ask: () => Promise<T>,
  { clock, log }: { clock: Clock; log: Log },
  signal: AbortSignal,
): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await ask();
    } catch (error) {
      signal.throwIfAborted();
      log.warn('the API server does not answer', { failures, error });
      await clock.sleep(backoffDelay(failures, { base: 500, max: 10_000 }, Math.random), signal);
      signal.throwIfAborted();
    }
  }
}
