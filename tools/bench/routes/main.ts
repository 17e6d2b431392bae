import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileNames } from '../../../src/gateway/haproxy/render/layout.js';
import { programOf } from '../../clusters/program.js';
import { openNetwork, tellOutcome } from '../../clusters/sealed.js';
import { inTurns } from '../../clusters/turns.js';
import { waitFor } from '../../clusters/wait.js';
import { openCluster } from './cluster.js';
import { mapReader, measure, type Sample } from './measure.js';
import { haproxies, nodeOfPod, residentOf, startWatch, usedBy, type Used } from './processes.js';

/** What is measured. */
export interface Plan {
  readonly mirrors: number;
  readonly added: number;
  /** So many mirrors go and come again, several at a time, before memory is looked at. */
  readonly renewed: number;
}

/** What was measured; sizes in MiB, at their largest. */
export interface Outcome {
  readonly samples: readonly Sample[];
  /** The first service of a block of ports, which HAProxy has to open first. */
  readonly opened: Sample;
  /** Of an idle gateway, and of one that gets as many services again. */
  readonly idle: Used;
  readonly single: Used;
  readonly agent: number;
  readonly haproxy: number;
}

/** Services per second that are added: an agent applies ten states per second. */
const slow = 9;

/** Of the egress gateway. */
const address = '10.20.0.11';

const { mirrors, added, renewed } = JSON.parse(process.argv[2] ?? '') as Plan;
await openNetwork({ addresses: [address] });
const began = performance.now();
const tell = (line: string) =>
  console.log(`${((performance.now() - began) / 1_000).toFixed(1).padStart(6)} s  ${line}`);
const cluster = await openCluster(mirrors);
tell(`${mirrors} mirrors with ports`);

const directory = join(tmpdir(), 'haproxy');
const agent = programOf({
  ...{ name: 'egress', health: `${address}:9990`, log: join(tmpdir(), 'egress.log') },
  args: [
    ...['gateway', '--role=egress', '--implementation=haproxy', `--haproxy-directory=${directory}`],
    ...[`--kubeconfig=${cluster.kubeconfig}`, `--address=${address}`],
  ],
  node: nodeOfPod,
});
await agent.start();
const map = mapReader(join(directory, fileNames.admin), join(directory, fileNames.routes));
await waitFor('all routes', async () => (await map.size()) === mirrors);
tell('all of them are routed');

const [opened] = await measure(cluster, map, { first: mirrors, last: mirrors + 1 });
const samples = await measure(cluster, map, { first: mirrors + 1, last: mirrors + 1 + added });
tell(`${added} services added, one by one, while HAProxy's map is looked at`);
const pids = {
  agent: [agent.pid ?? 0],
  haproxy: await haproxies(),
  watch: [startWatch(cluster.admin, 'servicemirrors')],
};
await sleep(5_000);
const idle = await usedBy(pids, () => sleep(5_000));
let next = mirrors + 1 + added;
const single = await usedBy(pids, async () => {
  for (let count = 0; count < added; count++) {
    await Promise.all([addOne(next++), sleep(1_000 / slow)]);
  }
});
tell('as many without a look');
await inTurns(Array(renewed).keys(), 16, async (n) => {
  await cluster.remove(n);
  await addOne(n);
});
await measure(cluster, map, { first: next, last: next + 1 });
tell(`${renewed} services renewed`);
const [own, haproxy] = [await residentOf([agent.pid ?? 0]), await residentOf(await haproxies())];
const outcome: Outcome = { samples, opened: opened!, idle, single, agent: own, haproxy };
await tellOutcome(outcome);

async function addOne(n: number): Promise<void> {
  await cluster.create(n);
  await cluster.allocate(n);
}
