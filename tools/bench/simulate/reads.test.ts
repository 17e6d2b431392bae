import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { localReflectors } from '../../../src/controllers/caches.js';
import { createApiRemote } from '../../../src/controllers/link/apiremote.js';
import { createEgressAgent } from '../../../src/gateway/agent/egress.js';
import { createIngressAgent } from '../../../src/gateway/agent/ingress.js';
import type { Clock } from '../../../src/runtime/clock.js';
import type { KubeClient } from '../../../src/runtime/kube.js';
import { localLimits } from '../../../src/runtime/limits.js';
import { silent } from '../../../src/runtime/log.js';
import { kindsPerLink, localReads, look, ping, watchesPerLink } from './apiserver.js';
import { simulationPlanOf } from './options.js';
import { kindsOf } from './situation.js';

/** An empty cluster, and a clock that stands still: it shows what is watched, and how long anybody waits. */
function aCluster() {
  const watched: string[] = [];
  const slept: number[] = [];
  const aborted = (signal: AbortSignal | undefined) =>
    new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }));
  const clock: Clock = {
    now: () => 0,
    monotonic: () => 0,
    after: () => () => {},
    async sleep(ms, signal) {
      slept.push(ms);
      await aborted(signal);
    },
  };
  const kube = {
    limits: localLimits,
    get: async () => ({ metadata: { name: 'kube-system', uid: 'uid' } }),
    list: async () => ({ items: [], resourceVersion: '1' }),
    raw: async () => ({}),
    // eslint-disable-next-line require-yield -- nothing ever happens
    async *watch({ plural }: { plural: string }, _: unknown, signal: AbortSignal) {
      watched.push(plural);
      await aborted(signal);
    },
    close: async () => {},
  } as unknown as KubeClient;
  return { kube, clock, watched, slept };
}

/** Runs it until all is watched, and returns the number of watches and of kinds, and how many seconds were waited. */
async function readsOf(
  make: (cluster: ReturnType<typeof aCluster>) => (signal: AbortSignal) => Promise<unknown>,
) {
  const cluster = aCluster();
  const stop = new AbortController();
  const over = make(cluster)(stop.signal);
  for (let turns = 0; turns < 50; turns++) await turn();
  const waits = new Set(cluster.slept.map((ms) => ms / 1_000));
  const reads = { watches: cluster.watched.length, kinds: new Set(cluster.watched).size };
  stop.abort();
  await over;
  return { reads, waits };
}

const agent = { namespace: 'service-mirror', log: silent, leaveMs: 0, drainMs: 0 };
const gateway = () => ({ apply: async () => [], connections: () => 0, close: async () => {} });

test('the operator watches as much of its own cluster as is counted', async () => {
  const { reads } = await readsOf(({ kube, clock }) => {
    const self = { cluster: 'london', uid: 'uid', namespace: 'service-mirror' };
    const { all } = localReflectors(kube, { self, clock, log: silent });
    return (signal) => Promise.all(all.map((reflector) => reflector.run(signal)));
  });
  assert.deepEqual(reads, localReads.operator);
});

test('an ingress gateway watches as much as is counted', async () => {
  const { reads, waits } = await readsOf((cluster) => {
    const made = createIngressAgent({ ...agent, ...cluster, gateway });
    return (signal) => made.run(signal);
  });
  assert.deepEqual(reads, localReads.ingress);
  assert.ok(waits.has(look));
});

test('an egress gateway watches as much as is counted', async () => {
  const { reads, waits } = await readsOf((cluster) => {
    const made = createEgressAgent({
      ...{ ...agent, ...cluster, gateway, applied: { port: 0 } },
      resolver: { resolve: async () => [] },
    });
    return (signal) => made.run(signal);
  });
  assert.deepEqual(reads, localReads.egress);
  assert.ok(waits.has(look));
});

for (const [selector, remoteNamespaces] of [
  ['yes', 0],
  ['no', 0],
  ['yes', 3],
  ['no', 2],
] as const)
  test(`a Link watches as much as is counted, with selector: ${selector}, and ${remoteNamespaces} namespaces`, async () => {
    const plan = simulationPlanOf(['--selector', selector, '--remote-namespaces', `${remoteNamespaces}`]);
    const { reads, waits } = await readsOf(({ kube, clock }) => {
      const namespaces = Array.from({ length: remoteNamespaces }, (_, n) => `shop-${n}`);
      const scope = {
        namespaces,
        identityIn: 'service-mirror',
        ...(selector === 'yes' && { selector: 'a=b' }),
      };
      const remote = createApiRemote(kube, scope, { clock, log: silent, onChange: () => {} });
      return (signal) => remote.run(signal);
    });
    const [kind] = kindsOf({ clusters: 2, services: 1 }, plan);
    assert.deepEqual(reads, { watches: watchesPerLink(kind!.situation), kinds: kindsPerLink });
    assert.ok(waits.has(look) && waits.has(ping));
  });
