import assert from 'node:assert/strict';
import { keys } from '../../../src/api/names.js';
import { serviceMirrors } from '../../../src/api/resources.js';
import type { MirrorCluster } from '../../../src/api/servicemirror.js';
import { eventually } from '../../driver/eventually.js';
import type { RealDriver } from '../../driver/real.js';
import { aMirror, named, ofClusters } from '../../gen/gen.js';
import type { Installed } from '../clusters.js';
import { linkNames } from '../connect.js';
import {
  type Attempt,
  attemptsSince,
  dial,
  type DialReport,
  echoPod,
  echoPorts,
  echoServers,
  echoService,
} from '../echo.js';

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
  const took = await moves(london, lyon, () => killGateway(paris));
  tell(`gateway gone -> all calls answered elsewhere: ${took} ms (probe: ${whenRefused} ms)`);
  await londonShows(london, 'local 0/0 down, cluster-a 2/2 down, cluster-c 2/2');
  await gatewaysOf(paris, 2);
  await whenAnswersComeFrom(london, paris);
}

async function killGateway(cluster: RealDriver): Promise<void> {
  await gatewaysOf(cluster, 0);
  const pods = '-n service-mirror -l app.kubernetes.io/component=ingress';
  await cluster.kubectl(`delete pods ${pods} --force --grace-period=0`);
}

function gatewaysOf(cluster: RealDriver, replicas: number): Promise<string> {
  return cluster.kubectl(`scale -n service-mirror deployment/service-mirror-ingress --replicas=${replicas}`);
}

/** The egress gateways move calls to Lyon and back by themselves while no operator runs that could change a slice. */
export async function loseGatewayWithoutOperator(clusters: ThreeClusters, tell: Tell): Promise<void> {
  const { london, paris, lyon } = clusters;
  const operator = (replicas: number) =>
    london.kubectl(`scale -n service-mirror deployment/service-mirror-operator --replicas=${replicas}`);
  await operator(0);
  const pods = '-n service-mirror -l app.kubernetes.io/component=operator';
  await london.kubectl(`wait --for=delete pods ${pods} --timeout=60s`);
  const slices = () => london.kubectl(`get endpointslices -l ${keys.serviceName}=${everywhere} -o yaml`);
  const before = await slices();
  const took = await moves(london, lyon, () => killGateway(paris));
  tell(`gateway gone, no operator -> all calls answered elsewhere: ${took} ms (probe: ${whenRefused} ms)`);
  await gatewaysOf(paris, 2);
  await whenAnswersComeFrom(london, paris);
  assert.equal(await slices(), before);
  await operator(2);
  await londonShows(london, 'local 0/0 down, cluster-a 2/2, cluster-c 2/2 standby');
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

/** Paris and Lyon serve this name together, three to one. */
const divided = 'shop-divided';

/** The pod that {@link divideByWeight} starts; it calls when it is told to. */
export const caller = 'divided-caller';

/**
 * Of 2,000 connections, Paris gets three for each one of Lyon. Weights that change cut no live connection; Paris, which
 * then leaves, takes its own ones along, and none of Lyon's.
 */
export async function divideByWeight({ london }: ThreeClusters, tell: Tell): Promise<void> {
  const clusters = (paris: number) => [
    { name: linkNames.toParis, weight: paris },
    { name: linkNames.toLyon },
  ];
  await london.applies(
    aMirror(divided, named(divided), ofClusters(...clusters(3)), ({ spec }) => {
      spec.service = { name: 'shop' };
    }),
    echoPod(caller, ['sleep', '1d']),
  );
  await Promise.all([
    london.mirrorSays(divided, 'Ready=True'),
    london.kubectl(`wait --for=condition=Ready pod/${caller}`),
  ]);
  await eventually(async () => assert.equal((await countAnswers(london, 40)).size, 2), 60_000);
  const count = 2_000;
  const counts = await countAnswers(london, count);
  const points = (100 * (counts.get('paris') ?? 0)) / count;
  tell(`of ${count} connections, ${points} in 100 went to Paris, which has 3 of 4 by weight`);
  assert.ok(Math.abs(points - 75) < 3, `${points} in 100`);

  const hold = async (count: number, change: () => Promise<unknown>): Promise<DialReport> => {
    const slow = `-connections ${count} -up 15000 -over 15s`;
    const held = dial(london, caller, `${slow} ${divided}:${echoPorts.tcp}`);
    held.catch(() => undefined);
    await eventually(async () => assert.equal(await heldConnections(london), count), 15_000);
    await change();
    return held;
  };
  const weights = (paris: number) =>
    london.edits(serviceMirrors, divided, { spec: { clusters: clusters(paris) } });
  const stayed = await hold(24, () => weights(1));
  assert.deepEqual([stayed.failures, cities(stayed)], [[], ['lyon', 'paris']]);
  const left = await hold(24, () =>
    london.edits(serviceMirrors, divided, { spec: { clusters: [{ name: linkNames.toLyon }] } }),
  );
  assert.deepEqual([left.failures.length > 0, cities(left)], [true, ['lyon']]);
  assert.deepEqual(await countAnswers(london, 100), new Map([['lyon', 100]]));
}

/**
 * Which clusters answer how many of so many requests to a Service, each on a connection of its own. The caller is there
 * after {@link divideByWeight}.
 */
export async function countAnswers(
  london: RealDriver,
  count: number,
  service = divided,
): Promise<ReadonlyMap<string, number>> {
  const often = `--no-progress-meter -Z --parallel-max 8 -H Connection:close http://${service}/?[1-${count}]`;
  const text = await london.kubectl(`exec ${caller} -- curl ${often}`);
  const answers = Array.from(text.matchAll(/shop-(london|paris|lyon)-/g), ([, city = '']) => city);
  assert.equal(answers.length, count, 'each is answered');
  return new Map(
    Object.entries(Object.groupBy(answers, (city) => city)).map(([city, all]) => [city, all!.length]),
  );
}

/** The nodes are reached, their API servers are not: what London knows of the others it has from their gateways. */
export async function reachNoApiServer({ london, paris, lyon }: ThreeClusters): Promise<void> {
  const curl = (host: string) =>
    london.kubectl(`exec ${caller} -- curl --silent --insecure --max-time 3 https://${host}:6443/readyz`);
  for (const { nodeAddress } of [paris, lyon]) await assert.rejects(curl(nodeAddress), /exit code 28/);
  await curl(london.nodeAddress);
}

/** Connections of the caller to the port where the server speaks first (proc(5), `/proc/net/tcp`; 01 is established). */
async function heldConnections(london: RealDriver): Promise<number> {
  const table = await london.kubectl(`exec ${caller} -- cat /proc/net/tcp`);
  const port = echoPorts.tcp.toString(16).toUpperCase().padStart(4, '0');
  return table.split('\n').filter((line) => line.includes(`:${port} 01 `)).length;
}

function cities({ hosts }: DialReport): string[] {
  return [...new Set(hosts.map((host) => host.split('-')[1] ?? ''))].toSorted();
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
 * Does something and waits until calls are answered by that cluster; none may fail after twenty of its answers in a row.
 * The egress gateways notice each for itself that another cluster is gone, and a call may meet any of them.
 *
 * @returns the time (ms) until the last call that failed, or was answered by another one, was over
 */
async function moves(london: RealDriver, to: RealDriver, work: () => Promise<unknown>): Promise<number> {
  const since = new Date();
  await work();
  await whenAnswersComeFrom(london, to);
  const calls = await callsSince(london, since);
  const isMoved = (at: number) => calls.length >= at + 20 && calls.slice(at, at + 20).every(comesFrom(to));
  const first = calls.findIndex((_call, at) => isMoved(at));
  const failed = calls.slice(first).filter(({ ok }) => !ok);
  assert.deepEqual(failed, [], `${failed.length} calls failed after ${to.name} had answered`);
  const last = calls.findLast((call) => !comesFrom(to)(call));
  return last === undefined ? 0 : Date.parse(last.time) + last.millis - since.getTime();
}

function callsSince(london: RealDriver, since: Date): Promise<Attempt[]> {
  return attemptsSince(london, `calls-${everywhere}`, since);
}
