import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { conditionOf } from '../../../src/api/conditions.js';
import { endpointSlices, services } from '../../../src/api/resources.js';
import { linkNames } from '../connect.js';
import { eventually } from '../eventually.js';
import { aLink, aMirror, isOurs, slicesOf, whenConditions } from '../look.js';
import type { E2eCluster } from '../../driver/real.js';
import type { E2eClusters } from '../stage.js';
import { underTraffic, whenAnswered } from '../traffic.js';

const link = aLink(linkNames.toParis);
const mirror = aMirror('hello-mirror');

/** By default a gateway that is gone fails its third probe, sent 3 s after each other, after 2 s at the latest. */
const probeTime = 3 * 3_000 + 2_000;

/** Only Paris's API server is down: traffic goes on, and the mirror stays ready. */
export async function loseApiServer({ london, paris }: E2eClusters): Promise<void> {
  const before = await whenConditions(london, mirror, ['Ready=True']);
  await underTraffic(london, async () => {
    await paris.cluster.stopApiServer();
    try {
      await whenConditions(london, link, ['Connected=False/Unreachable', 'GatewayHealthy=True']);
    } finally {
      await paris.cluster.startApiServer();
    }
  });
  await whenConditions(london, link, ['Connected=True', 'Ready=True']);
  const after = await london.kube.get(...mirror);
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
    const held = await whenConditions(
      london,
      mirror,
      ['Ready=False/GatewayUnhealthy', 'EndpointsReady=False/GatewayUnhealthy', 'Synced=True'],
      { within: probeTime + 3_000 },
    );
    assert.match(conditionOf(held, 'Ready')?.message ?? '', /:4143 /);
    await eventually(
      'the slices to say so too',
      () => readyEndpoints(london, 'hello'),
      (ready) => ready.length === 0,
      { within: 2_000 },
    );
    await whenConditions(london, link, ['Connected=True', 'GatewayHealthy=False/ProbeFailed']);
  } finally {
    await scale(2);
  }
  await whenConditions(london, mirror, ['Ready=True']);
  await whenConditions(london, link, ['GatewayHealthy=True/Healthy', 'Ready=True']);
  await whenAnswered(london);
}

/** The network is cut for 30 s: nothing is deleted, the conditions say so, and all recovers by itself. */
export async function cutNetwork({ london, set }: E2eClusters): Promise<void> {
  const before = await identitiesOf(london);
  const end = performance.now() + 30_000;
  await set.cut('london', 'paris');
  try {
    await whenConditions(london, link, ['Connected=False/Unreachable', 'GatewayHealthy=False/ProbeFailed'], {
      within: 29_000,
    });
    await whenConditions(london, mirror, ['Ready=False/GatewayUnhealthy']);
    await sleep(end - performance.now()); // the story is about 30 s
    assert.deepEqual(await identitiesOf(london), before);
  } finally {
    await set.restore('london', 'paris');
  }
  await whenConditions(london, link, ['Connected=True', 'GatewayHealthy=True', 'Ready=True']);
  await whenConditions(london, mirror, ['Ready=True', 'Synced=True']);
  await whenAnswered(london);
  assert.deepEqual(await identitiesOf(london), before);
}

async function readyEndpoints(site: E2eCluster, service: string): Promise<string[]> {
  const slices = await slicesOf(site, service);
  const endpoints = slices.flatMap((slice) => slice.endpoints ?? []);
  return endpoints
    .filter(({ conditions }) => conditions?.ready !== false)
    .flatMap(({ addresses }) => addresses);
}

/** UIDs of all Services and slices that the operator wrote: an object made anew has another. */
async function identitiesOf(site: E2eCluster): Promise<(string | undefined)[]> {
  const objects = [...(await site.all(services)), ...(await site.all(endpointSlices))];
  return objects.filter(({ metadata }) => isOurs(metadata.labels)).map(({ metadata }) => metadata.uid);
}
