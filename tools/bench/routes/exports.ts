import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileNames } from '../../../src/gateway/haproxy/render/layout.js';
import { services } from '../../../src/api/resources.js';
import { follow } from '../../clusters/follow.js';
import { programOf } from '../../clusters/program.js';
import { openNetwork, tellOutcome } from '../../clusters/sealed.js';
import { inTurns } from '../../clusters/turns.js';
import { waitFor } from '../../clusters/wait.js';
import { startCallers } from './callers.js';
import { grantOf, nameOf, openExporter } from './exporter.js';
import { mapReader } from './measure.js';
import { namespace } from './plane.js';
import { haproxies, nodeOfPod, residentOf, startWatch, usedBy, type Used } from './processes.js';

/** What is measured. */
export interface ExportsPlan {
  readonly implementation: 'haproxy' | 'node';
  readonly exports: number;
  /** Services that are withdrawn and exported again, one by one. */
  readonly changes: number;
  readonly links: number;
  /** Egress gateways of each peer that ask what they may reach. */
  readonly pods: number;
  /** Changes per second, and for how many seconds, in the parts with a rate. */
  readonly rate: number;
  readonly seconds: number;
}

/** Milliseconds from sending a write, as {@link Sample}. */
export interface ExportSample {
  readonly watched: number;
  readonly mapped: number;
}

/** What was measured. */
export interface ExportsOutcome {
  readonly withdrawn: readonly ExportSample[];
  readonly exported: readonly ExportSample[];
  readonly idle: Used;
  readonly single: Used;
  readonly rated: Used;
  readonly asked: Used & { readonly reports: number; readonly questions: number };
  /** At their largest, in MiB. */
  readonly memory: { readonly agent: number; readonly haproxy: number };
}

/** Changes per second that come one by one: an agent applies ten states per second. */
const slow = 9;

/** Of the ingress gateway. */
const address = '10.20.0.12';

const plan = JSON.parse(process.argv[2] ?? '') as ExportsPlan;
const { exports, changes, links, pods, rate, seconds } = plan;
const isHaproxy = plan.implementation === 'haproxy';
await openNetwork({ addresses: [address] });
const began = performance.now();
const tell = (line: string) =>
  console.log(`${((performance.now() - began) / 1_000).toFixed(1).padStart(6)} s  ${line}`);
const exporter = await openExporter({ exports, links, address });
tell(`${exports} Services exported to ${links} peers`);

const directory = join(tmpdir(), 'haproxy');
const agent = programOf({
  ...{ name: 'ingress', health: `${address}:9990`, log: join(tmpdir(), 'ingress.log') },
  args: [
    ...['gateway', '--role=ingress', `--implementation=${plan.implementation}`],
    ...(isHaproxy ? [`--haproxy-directory=${directory}`] : []),
    ...[`--kubeconfig=${exporter.kubeconfig}`, `--address=${address}`],
  ],
  node: nodeOfPod,
});
await agent.start();
const watch = startWatch(exporter.admin, 'services');
const lastPeer = exporter.peers.at(-1)!.cluster;
const map = mapReader(join(directory, fileNames.admin), join(directory, fileNames.grants));
// the peer's gateways and its operator may ask this one itself
const own = 2;
if (isHaproxy) await waitFor('all grants', async () => (await map.size()) === (exports + own) * links);
tell('all of them are served');
await sleep(5_000);

const pids = { agent: [agent.pid ?? 0], haproxy: isHaproxy ? await haproxies() : [], watch: [watch] };
const idle = await usedBy(pids, () => sleep(5_000));
tell('idle');

let seen: (name: string, isExported: boolean) => void = () => {};
const stop = new AbortController();
await follow(
  exporter.kube,
  services,
  {
    namespace,
    tell: ({ object: { metadata } }) =>
      seen(metadata.name, metadata.labels?.['mirror.linkerd.io/exported'] === 'true'),
  },
  stop.signal,
);
const withdrawn: ExportSample[] = [];
const exported: ExportSample[] = [];
if (isHaproxy)
  for (let at = 0; at < changes; at++) {
    withdrawn.push(await change(numberOf(at), false));
    await sleep(1_000 / slow);
    exported.push(await change(numberOf(at), true));
    await sleep(1_000 / slow);
  }
stop.abort();
tell(`${changes} withdrawn and exported again, one by one, while HAProxy's map is looked at`);

const single = await usedBy(pids, () => atRate(slow, 2 * changes));
tell('the same without a look');
const rated = await usedBy(pids, () => atRate(rate, rate * seconds));
tell(`${rate} changes per second for ${seconds} s`);
const callers = startCallers(exporter, { address, pods });
await sleep(4_000);
const before = { told: callers.told, asked: callers.asked };
const asked = await usedBy(pids, () => atRate(rate, rate * seconds));
const [reports, questions] = [callers.told - before.told, callers.asked - before.asked];
callers.stop();
tell(`the same, while ${links * pods} gateways of peers ask`);
const memory = { agent: await residentOf(pids.agent), haproxy: await residentOf(pids.haproxy) };
const outcome: ExportsOutcome = {
  ...{ withdrawn, exported, idle, single, rated, memory },
  asked: { ...asked, reports, questions },
};
await tellOutcome(outcome);

/** Numbers that are spread over all. */
function numberOf(at: number): number {
  return (at * 7_919) % exports;
}

/** Changes one Service, and waits until that is so. */
async function change(n: number, to: boolean): Promise<ExportSample> {
  const start = performance.now();
  const since = () => performance.now() - start;
  const [watched, mapped] = await Promise.all([
    new Promise<void>((resolve) => {
      seen = (name, is) => name === nameOf(n) && is === to && resolve();
    }).then(since),
    map.until(grantOf(n, lastPeer), to).then(since),
    exporter.mark(n, to),
  ]);
  return { watched, mapped };
}

/** Withdraws and exports again at a rate, several at a time. */
async function atRate(perSecond: number, count: number): Promise<void> {
  const start = performance.now();
  await inTurns(Array(count).keys(), 8, async (at) => {
    await sleep(Math.max(0, start + (at * 1_000) / perSecond - performance.now()));
    await exporter.mark(numberOf(at >> 1), at % 2 === 1);
  });
}
