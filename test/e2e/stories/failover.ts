import assert from 'node:assert/strict';
import { serviceMirrors } from '../../../src/api/resources.js';
import type { MirrorCluster } from '../../../src/api/servicemirror.js';
import { eventually } from '../../driver/eventually.js';
import type { RealDriver } from '../../driver/real.js';
import { aMirror, named, ofClusters } from '../../gen/gen.js';
import type { Installed } from '../clusters.js';
import { linkNames } from '../connect.js';
import { attemptsSince, echoServers, echoService, type Attempt } from '../echo.js';

/** London, and two clusters that it mirrors. */
export type ThreeClusters = Installed<'paris' | 'lyon'>;

/** Tells a reader of the test's result something. */
export type Tell = (line: string) => void;

/** Service `shop` runs in all three; this name stands for all of them. */
export const everywhere = 'shop-everywhere';

const members: MirrorCluster[] = [
  { name: 'local' },
  { name: linkNames.toParis, priority: 1 },
  { name: linkNames.toLyon, priority: 2 },
];

/** A gateway that refuses connections has failed its third probe, sent 3 s after each other, within this time (ms). */
const whenRefused = 3 * 3_000;
/** One that is silent, after the last probe's timeout of 2 s. */
const whenSilent = whenRefused + 2_000;

/** Each cluster's pods are called after it, as their answers say. */
export async function openShops({ london, paris, lyon }: ThreeClusters): Promise<void> {
  await Promise.all(
    [london, paris, lyon].map((cluster) =>
      cluster.applies(
        echoServers(serversOf(cluster), 2, 'shop'),
        echoService('shop', { exported: cluster !== london }),
      ),
    ),
  );
  await london.applies(
    aMirror(everywhere, named(everywhere), ofClusters(...members), ({ spec }) => {
      spec.service = { name: 'shop' };
    }),
  );
  await londonShows(london, 'local 2/2, cluster-a 2/2 standby, cluster-c 2/2 standby');
}

/** Waits until `kubectl get servicemirrors` says this of the clusters. */
export async function londonShows(london: RealDriver, display: string): Promise<void> {
  await eventually(async () => {
    const { status } = await london.get(serviceMirrors, everywhere);
    assert.equal(status?.endpoints?.display, display);
  }, 60_000);
  assert.match(await london.kubectl(`get servicemirrors ${everywhere}`), new RegExp(display));
}

/** This cluster's pods go: Paris answers, and nothing fails after that. They come back: London answers again. */
export async function loseLocalPods({ london, paris }: ThreeClusters, tell: Tell): Promise<void> {
  await whenAnswersComeFrom(london, london);
  const gone = await moves(london, paris, () => scale(london, 0));
  tell(`local pods gone -> all calls answered elsewhere: ${gone} ms`);
  await londonShows(london, 'local 0/0 down, cluster-a 2/2, cluster-c 2/2 standby');
  const back = await moves(london, london, () => scale(london, 2));
  tell(`local pods back -> all calls answered by them: ${back} ms`);
  await scale(london, 0);
  await whenAnswersComeFrom(london, paris);
}

/** Paris's gateway refuses connections: Lyon answers within the time of the probe, and Paris again when it is back. */
export async function loseGateway({ london, paris, lyon }: ThreeClusters, tell: Tell): Promise<void> {
  const gateway = (replicas: number) =>
    paris.kubectl(`scale -n service-mirror deployment/service-mirror-ingress --replicas=${replicas}`);
  const took = await moves(london, lyon, async () => {
    await gateway(0);
    const pods = '-n service-mirror -l app.kubernetes.io/component=ingress';
    await paris.kubectl(`delete pods ${pods} --force --grace-period=0`);
  });
  tell(`gateway gone -> all calls answered elsewhere: ${took} ms (probe: ${whenRefused} ms)`);
  await londonShows(london, 'local 0/0 down, cluster-a 2/2 down, cluster-c 2/2');
  await gateway(2);
  await whenAnswersComeFrom(london, paris);
}

/** Paris falls silent, and comes back. */
export async function loseNetwork(clusters: ThreeClusters, tell: Tell): Promise<void> {
  const { london, paris, lyon, cut, restore } = clusters;
  const took = await moves(london, lyon, () => cut('london', 'paris'));
  tell(`network cut -> all calls answered elsewhere: ${took} ms (probe: ${whenSilent} ms)`);
  await restore('london', 'paris');
  await whenAnswersComeFrom(london, paris);
}

/** With nobody left the mirror says so; the first one that is back serves. */
export async function loseAll({ london, paris, lyon }: ThreeClusters): Promise<void> {
  await Promise.all([scale(paris, 0), scale(lyon, 0)]);
  await london.mirrorSays(everywhere, 'Ready=False/NoReadyEndpoints');
  await scale(lyon, 1);
  await whenAnswersComeFrom(london, lyon);
  await Promise.all([scale(paris, 2), scale(lyon, 2)]);
  await whenAnswersComeFrom(london, paris);
}

const serversOf = ({ name }: Pick<RealDriver, 'name'>) => `shop-${name}`;

async function scale(cluster: RealDriver, replicas: number): Promise<void> {
  await cluster.kubectl(`scale deployment/${serversOf(cluster)} --replicas=${replicas}`);
}

const comesFrom = (cluster: RealDriver) => (call: Attempt) =>
  call.ok && call.body.startsWith(`${serversOf(cluster)}-`);

/** Waits until the last twenty calls were answered by that cluster. */
async function whenAnswersComeFrom(london: RealDriver, cluster: RealDriver): Promise<void> {
  const since = new Date();
  await eventually(
    async () => {
      const calls = await callsSince(london, since);
      const last = calls.slice(-20);
      assert.ok(
        last.length === 20 && last.every(comesFrom(cluster)),
        `not all come from ${cluster.name}: ${JSON.stringify(last.at(-1))}`,
      );
    },
    90_000,
    500,
  );
}

/**
 * Does something and waits until calls are answered by that cluster; none may fail after its first answer.
 *
 * @returns the time (ms) until the last call that failed or was answered by another one began
 */
async function moves(london: RealDriver, to: RealDriver, work: () => Promise<unknown>): Promise<number> {
  const since = new Date();
  await work();
  await whenAnswersComeFrom(london, to);
  const calls = await callsSince(london, since);
  const first = calls.findIndex(comesFrom(to));
  const failed = calls.slice(first).filter(({ ok }) => !ok);
  assert.deepEqual(failed, [], `${failed.length} calls failed after the first answer of ${to.name}`);
  const last = calls.findLast((call) => !comesFrom(to)(call));
  return last === undefined ? 0 : Date.parse(last.time) - since.getTime();
}

function callsSince(london: RealDriver, since: Date): Promise<Attempt[]> {
  return attemptsSince(london, `calls-${everywhere}`, since);
}
