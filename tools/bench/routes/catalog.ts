import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { keys, listen, sliceController } from '../../../src/api/names.js';
import { endpointSlices } from '../../../src/api/resources.js';
import { peerChannelName } from '../../../src/protocol/serviceid.js';
import { programOf } from '../../clusters/program.js';
import { openNetwork, tellOutcome } from '../../clusters/sealed.js';
import { spawnTied } from '../../clusters/tied.js';
import { inTurns } from '../../clusters/turns.js';
import { waitFor } from '../../clusters/wait.js';
import type { Read, ReaderPlan } from './catalogreader.js';
import { nameOf, openExporter } from './exporter.js';
import { namespace } from './plane.js';
import { haproxies, nodeOfPod, residentOf, usedBy, type Used } from './processes.js';

/** What is measured. */
export interface CatalogPlan {
  readonly implementation: 'haproxy' | 'node';
  readonly exports: number;
  /** Changes of endpoints per second, and for how many seconds. */
  readonly changes: number;
  readonly seconds: number;
  /** Streams of the one peer. */
  readonly readers: number;
}

/** What was measured; `watch` is the bare reader. */
export interface CatalogOutcome {
  readonly idle: Used;
  /** The first whole catalog of all readers; the agent lists the slices meanwhile. */
  readonly first: Used & Read;
  /** One whole catalog of each reader, by a gateway that has it ready. */
  readonly again: Used & Read;
  readonly changing: Used & Pick<Read, 'bytes' | 'services'>;
  /** The same changes of slices, none of which changes a count. */
  readonly churning: Used & Pick<Read, 'bytes' | 'services'>;
  /** Resident memory (MiB) of the agent before anybody asked, and at its largest. */
  readonly memory: { readonly before: number; readonly agent: number; readonly haproxy: number };
}

const address = '10.20.0.12';
const plan = JSON.parse(process.argv[2] ?? '') as CatalogPlan;
const { exports, changes, seconds, readers } = plan;
const isHaproxy = plan.implementation === 'haproxy';
await openNetwork({ addresses: [address] });
const began = performance.now();
const tell = (line: string) =>
  console.log(`${((performance.now() - began) / 1_000).toFixed(1).padStart(6)} s  ${line}`);
const exporter = await openExporter({ exports, links: 1, address });
await inTurns(Array(exports).keys(), 16, async (n) => {
  await exporter.kube.create(endpointSlices, sliceOf(n));
});
tell(`${exports} Services with two endpoints exported`);

const agent = programOf({
  ...{ name: 'ingress', health: `${address}:9990`, log: join(tmpdir(), 'ingress.log') },
  args: [
    ...['gateway', '--role=ingress', `--implementation=${plan.implementation}`],
    ...(isHaproxy ? [`--haproxy-directory=${join(tmpdir(), 'haproxy')}`] : []),
    ...[`--kubeconfig=${exporter.kubeconfig}`, `--address=${address}`],
  ],
  node: nodeOfPod,
});
await agent.start();
await sleep(10_000);
const served = { agent: [agent.pid ?? 0], haproxy: isHaproxy ? await haproxies() : [] };
const before = await residentOf(served.agent);
const idle = await usedBy({ ...served, watch: [] }, () => sleep(5_000));
tell('idle');

const first = await wholeOf('first');
tell(`all told to ${readers} readers, ${(first.bytes / readers / 1_000_000).toFixed(2)} MB each`);
first.end();
await sleep(1_000);
const again = await wholeOf('again');
tell('told once more');
const changing = await whileAtRate(again, (n, turn) => [turn % 2 === 1, `uid-${n}`]);
tell(`${changes} changes per second for ${seconds} s`);
const churning = await whileAtRate(again, (n, turn) => [true, `uid-${n}`, `node-${turn}`]);
tell('the same without a change of a count');
await tellOutcome({
  ...{ idle, first: { ...first.used, ...first.read }, again: { ...again.used, ...again.read } },
  ...{ changing, churning },
  memory: { before, agent: await residentOf(served.agent), haproxy: await residentOf(served.haproxy) },
} satisfies CatalogOutcome);

/** A slice of two endpoints; the second one is ready or not. */
function sliceOf(
  n: number,
  [isReady = true, uid = `uid-${n}`, node = 'node']: readonly [boolean?, string?, string?] = [],
) {
  return {
    ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4' as const },
    metadata: {
      ...{ name: `${nameOf(n)}-1`, namespace },
      labels: { [keys.serviceName]: nameOf(n), [keys.sliceManagedBy]: sliceController },
    },
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints: [true, isReady].map((ready, at) => ({
      ...{ addresses: [`10.${at + 1}.${n >> 8}.${n & 255}`], nodeName: node },
      conditions: { ready, serving: ready, terminating: false },
      targetRef: { kind: 'Pod', namespace, name: `${nameOf(n)}-${at}`, uid: `${uid}-${at}` },
    })),
  };
}

/** Starts readers, and waits until each has been told all; gives what was used meanwhile. */
async function wholeOf(name: string) {
  const file = join(tmpdir(), `${name}.json`);
  const { operator } = exporter.peers[0]!;
  const reading: ReaderPlan = {
    ...{ address, port: listen.ingress, servername: peerChannelName('paris') },
    ...{ cert: operator.cert, key: operator.key, ca: exporter.paris.authority.ca, streams: readers, file },
  };
  const program = fileURLToPath(new URL('catalogreader.js', import.meta.url));
  const state = async () =>
    JSON.parse(await readFile(file, 'utf8').catch(() => '{"bytes":0,"services":0,"whole":0}')) as Read;
  let pid = 0;
  const watch: number[] = [];
  const used = await usedBy({ ...served, watch }, async () => {
    pid =
      spawnTied([process.execPath, program, JSON.stringify(reading)], join(tmpdir(), `${name}.log`)).pid ?? 0;
    watch.push(pid);
    await waitFor('whole catalogs', async () => (await state()).whole === readers);
  });
  return { used, read: await state(), ...(await state()), pid, state, end: () => void process.kill(pid) };
}

/** Writes slices at a rate, each time as the function says, and gives what it costs. */
async function whileAtRate(
  { pid, state }: Awaited<ReturnType<typeof wholeOf>>,
  to: (n: number, turn: number) => readonly [boolean, string, string?],
): Promise<Used & Pick<Read, 'bytes' | 'services'>> {
  await sleep(1_000);
  const start = await state();
  const used = await usedBy({ ...served, watch: [pid] }, async () => {
    const from = performance.now();
    await inTurns(Array(changes * seconds).keys(), 8, async (at) => {
      await sleep(Math.max(0, from + (at * 1_000) / changes - performance.now()));
      const n = ((at >> 1) * 7_919) % exports;
      const { endpoints } = sliceOf(n, to(n, at));
      await exporter.kube.mergePatch(endpointSlices, `${namespace}/${nameOf(n)}-1`, { endpoints });
    });
    await sleep(500);
  });
  const end = await state();
  return { ...used, bytes: end.bytes - start.bytes, services: end.services - start.services };
}
