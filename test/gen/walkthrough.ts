import assert from 'node:assert/strict';
import { conditionOf } from '../../src/api/conditions.js';
import { reconcileEndpoints } from '../../src/controllers/mirror/endpoints.js';
import { reconcileService } from '../../src/controllers/mirror/services.js';
import { reconcileStatus } from '../../src/controllers/mirror/status.js';
import { serviceIdOf } from '../../src/protocol/serviceid.js';
import {
  aLink,
  aMirror,
  aNamespace,
  aReport,
  aService,
  aSlice,
  anEgressPod,
  endpoint,
  port,
  someFacts,
} from './gen.js';
import { aRemote, aFakeCluster, type FakeCluster } from './cluster.js';

/** The key of the mirror. */
export const key = 'default/hello-mirror';
const serviceId = serviceIdOf({ namespace: 'default', name: 'hello', port: 80 });

/** London with a mirror of a Service of Paris, and nothing written for it yet. */
export function walkthrough(): FakeCluster {
  const fake = aFakeCluster(aMirror(), aLink(), aNamespace());
  fake.remotes.clusters.set(
    'paris',
    aRemote({ services: [aService('hello', port(80))], slices: [aSlice('hello', endpoint('10.9.0.1'))] }),
  );
  return fake;
}

/** The gateway that routes whatever the statuses ask for, as egress agents do. */
export function routed(fake: FakeCluster, serviceIds: readonly string[] = [serviceId]): void {
  const ports = fake.caches.mirrors.get(key)?.status?.ports ?? [];
  const routes = Object.fromEntries(
    ports.map((each) => [
      each.gatewayPort ?? 0,
      serviceIdOf({ namespace: 'default', name: 'hello', port: each.port }),
    ]),
  );
  fake.gateways = someFacts([anEgressPod('a', { routes, report: aReport(serviceIds) })]);
}

/** All three controllers in turn, until none of them writes. */
export async function settle(fake: FakeCluster): Promise<void> {
  for (let round = 0; round < 10; round += 1) {
    const before = fake.kube.writes.length;
    await reconcileService(fake)(key);
    await reconcileEndpoints(fake)(key);
    await reconcileStatus(fake)(key);
    if (fake.kube.writes.length === before) return;
  }
  assert.fail(`it does not settle: ${fake.kube.writes.join(', ')}`);
}

/** What the mirror's status says. */
export const statusOf = (fake: FakeCluster) => fake.caches.mirrors.get(key)?.status;
/** Status and reason of `Ready`. */
export const ready = (fake: FakeCluster) => {
  const condition = conditionOf(fake.caches.mirrors.get(key), 'Ready');
  return `${condition?.status} ${condition?.reason}`;
};

/** The message of a condition. */
export const messageOf = (fake: FakeCluster, type: string) =>
  conditionOf(fake.caches.mirrors.get(key), type)?.message ?? '';

/** The same when bytes flow. */
export async function working(): Promise<FakeCluster> {
  const fake = walkthrough();
  await settle(fake);
  routed(fake);
  await settle(fake);
  assert.equal(ready(fake), 'True Ready');
  return fake;
}
