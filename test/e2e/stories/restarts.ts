import assert from 'node:assert/strict';
import { ownNames } from '../../../src/api/names.js';
import { leases } from '../../../src/api/resources.js';
import { mirrorOf } from '../connect.js';
import { dial, echoPorts } from '../echo.js';
import { eventually } from '../../driver/eventually.js';
import { whenInstalled } from '../install.js';
import { movedSince, unmovedOf } from '../look.js';
import { ownNamespace, type ClusterDriver } from '../../driver/cluster.js';
import type { E2eClusters } from '../clusters.js';
import { underTraffic } from '../traffic.js';

/** The operator is restarted, then its leader killed: no connection is lost, no object rewritten, and work goes on. */
export async function restartOperator({ london }: E2eClusters): Promise<void> {
  const before = await unmovedOf(london);
  await underTraffic(london, async () => {
    const stream = dial(london, 'caller', `-up 3000000 -over 30s bar-paris:${echoPorts.tcp}`);
    await london.kubectl(`rollout restart -n ${ownNamespace} deployment/${ownNames.operator}`);
    await whenInstalled(london);
    await killLeader(london);
    assert.deepEqual((await stream).failures, []);
  });
  await london.applies(mirrorOf('hello', { as: 'hello-again' }));
  await london.mirrorSays('hello-again', 'Ready=True');
  assert.deepEqual(await movedSince(london, before), []);
}

async function killLeader(cluster: ClusterDriver): Promise<void> {
  const leader = await whenLed(cluster, () => true);
  const pod = leader.slice(0, leader.lastIndexOf('-'));
  await cluster.kubectl(`delete pod -n ${ownNamespace} ${pod} --force --grace-period=0`);
  await whenLed(cluster, (holder) => holder !== leader);
}

/** Waits until such a process holds the lease, and returns its name: that of its pod, a dash, and some digits. */
function whenLed(cluster: ClusterDriver, holds: (holder: string) => boolean): Promise<string> {
  return eventually(async () => {
    const holder = (await cluster.own.get(leases, ownNames.lease)).spec.holderIdentity ?? '';
    assert.ok(holder !== '' && holds(holder), `the lease of the operator is held by "${holder}"`);
    return holder;
  }, 60_000);
}
