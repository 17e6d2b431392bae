import assert from 'node:assert/strict';
import { ownNames } from '../../../src/api/names.js';
import { leases } from '../../../src/api/resources.js';
import { dial, echoPorts } from '../echo.js';
import { eventually } from '../eventually.js';
import { whenInstalled } from '../install.js';
import { aMirror, movedSince, unmovedOf, whenConditions } from '../look.js';
import { mirrorOf } from '../objects.js';
import { ownNamespace, type E2eCluster } from '../../driver/real.js';
import type { E2eClusters } from '../stage.js';
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
  await london.apply(mirrorOf('hello', { as: 'hello-again' }));
  await whenConditions(london, aMirror('hello-again'), ['Ready=True']);
  assert.deepEqual(await movedSince(london, before), []);
}

async function killLeader(site: E2eCluster): Promise<void> {
  const leader = await whenLed(site, () => true);
  const pod = leader.slice(0, leader.lastIndexOf('-'));
  await site.kubectl(`delete pod -n ${ownNamespace} ${pod} --force --grace-period=0`);
  await whenLed(site, (holder) => holder !== leader);
}

/** Waits until such a process holds the lease, and returns its name: that of its pod, a dash, and some digits. */
function whenLed(site: E2eCluster, holds: (holder: string) => boolean): Promise<string> {
  return eventually(
    'the lease of the operator to have another holder',
    async () => (await site.kube.get(leases, `${ownNamespace}/${ownNames.lease}`)).spec.holderIdentity ?? '',
    (holder) => holder !== '' && holds(holder),
    { within: 60_000 },
  );
}
