import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { conditionOf } from '../../../src/api/conditions.js';
import { serviceMirrors } from '../../../src/api/resources.js';
import { linkNames } from '../connect.js';
import { eventually } from '../../driver/eventually.js';
import { ownObjects } from '../look.js';
import type { ClusterDriver } from '../../driver/cluster.js';
import type { E2eClusters } from '../clusters.js';
import { underTraffic, whenAnswered } from '../traffic.js';

const link = linkNames.toParis;
const mirror = 'hello-mirror';

/** By default a gateway that is gone fails its third probe, sent 3 s after each other, after 2 s at the latest. */
const probeTime = 3 * 3_000 + 2_000;

/** Only Paris's API server is down: traffic goes on, and the mirror stays ready. */
export async function loseApiServer({ london, paris }: E2eClusters): Promise<void> {
  const before = await london.mirrorSays(mirror, 'Ready=True');
  await underTraffic(london, async () => {
    await paris.stopApiServer();
    try {
      await london.linkSays(link, 'Connected=False/Unreachable', 'GatewayHealthy=True');
    } finally {
      await paris.startApiServer();
    }
  });
  await london.linkSays(link, 'Connected=True', 'Ready=True');
  const after = await london.get(serviceMirrors, mirror);
  assert.deepEqual(conditionOf(after, 'Ready'), conditionOf(before, 'Ready'));
}

/** Paris's gateway is killed: nobody is sent there any more, the status says why, and all is well when it is back. */
export async function killGateway({ london, paris }: E2eClusters): Promise<void> {
  const scale = (replicas: number) =>
    paris.kubectl(`scale -n service-mirror deployment/service-mirror-ingress --replicas=${replicas}`);
  await scale(0);
  try {
    const pods = '-n service-mirror -l app.kubernetes.io/component=ingress';
    await paris.kubectl(`delete pods ${pods} --force --grace-period=0`);
    const held = await london
      .within(probeTime + 3_000)
      .mirrorSays(
        mirror,
        'Ready=False/GatewayUnhealthy',
        'EndpointsReady=False/GatewayUnhealthy',
        'Synced=True',
      );
    assert.match(conditionOf(held, 'Ready')?.message ?? '', /:4143 /);
    await eventually(async () => assert.deepEqual(await readyEndpoints(london, 'hello'), []), 2_000);
    await london.linkSays(link, 'Connected=True', 'GatewayHealthy=False/ProbeFailed');
  } finally {
    await scale(2);
  }
  await london.mirrorSays(mirror, 'Ready=True');
  await london.linkSays(link, 'GatewayHealthy=True/Healthy', 'Ready=True');
  await whenAnswered(london);
}

/** The network is cut for 30 s: nothing is deleted, the conditions say so, and all recovers by itself. */
export async function cutNetwork({ london, cut, restore }: E2eClusters): Promise<void> {
  const before = await identitiesOf(london);
  const end = performance.now() + 30_000;
  await cut('london', 'paris');
  try {
    await london
      .within(29_000)
      .linkSays(link, 'Connected=False/Unreachable', 'GatewayHealthy=False/ProbeFailed');
    await london.mirrorSays(mirror, 'Ready=False/GatewayUnhealthy');
    await sleep(end - performance.now()); // the story is about 30 s
    assert.deepEqual(await identitiesOf(london), before);
  } finally {
    await restore('london', 'paris');
  }
  await london.linkSays(link, 'Connected=True', 'GatewayHealthy=True', 'Ready=True');
  await london.mirrorSays(mirror, 'Ready=True', 'Synced=True');
  await whenAnswered(london);
  assert.deepEqual(await identitiesOf(london), before);
}

async function readyEndpoints(cluster: ClusterDriver, service: string): Promise<string[]> {
  return (await cluster.endpoints(service)).filter((address) => !address.startsWith('('));
}

/** UIDs of all Services and slices that the operator wrote: an object made anew has another. */
async function identitiesOf(cluster: ClusterDriver): Promise<(string | undefined)[]> {
  return (await ownObjects(cluster)).map(({ metadata }) => metadata.uid);
}
