import { localClient, runControllers } from '../../src/controllers/operator.js';
import { readSelf } from '../../src/controllers/self.js';
import { localReflectors } from '../../src/controllers/caches.js';
import { systemClock, type Clock } from '../../src/runtime/clock.js';
import { createKube, type KubeClient } from '../../src/runtime/kube.js';
import { parseRemote } from '../../src/runtime/remotekubeconfig.js';
import { createLog } from '../../src/runtime/log.js';
import { createMetrics } from '../../src/runtime/metrics.js';
import { ownNamespace } from './cluster.js';

/** How an operator in this process differs from the real one; everything is optional. */
export interface InProcessOptions {
  readonly clock?: Clock;
  readonly clusterName?: string;
  /** Egress gateways to follow. */
  readonly egressAddresses?: readonly string[];
  /** Stands between the operator and London's API server. */
  readonly wrap?: (kube: KubeClient) => KubeClient;
  /** Takes the lines of its log. */
  readonly onLine?: (line: string) => void;
}

/** Runs the operator's controllers in this process, on a kubeconfig (its text); the returned function stops them. */
export async function runInProcess(
  kubeconfig: string,
  options: InProcessOptions = {},
): Promise<() => Promise<void>> {
  const { clock = systemClock, wrap = (kube) => kube, onLine = () => undefined } = options;
  const stop = new AbortController();
  const { signal } = stop;
  const metrics = createMetrics();
  const log = createLog({ level: 'debug', sink: onLine });
  const client = createKube(parseRemote(kubeconfig), { ...localClient, clock });
  const kube = wrap(client);
  const { clusterName, egressAddresses = [] } = options;
  const self = await readSelf(kube, {
    namespace: ownNamespace,
    ...(clusterName !== undefined && { clusterName }),
  });
  const { caches, beginWrite, all } = localReflectors(kube, { self, clock, log });
  const running = all.map((reflector) => reflector.run(signal));
  await Promise.all(all.map((reflector) => reflector.whenSynced(signal)));
  const operator = {
    kube,
    caches,
    beginWrite,
    self,
    egressAddresses,
    gatewayAddresses: [],
    clock,
    log,
    metrics,
    instance: 'test',
  };
  running.push(runControllers(operator, signal));
  return async () => {
    stop.abort();
    await Promise.all(running);
    await client.close();
  };
}
