import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileNames } from '../../../src/gateway/haproxy/render/layout.js';
import { waitFor } from '../../cluster/wait.js';
import { prepareNetwork, gatewayAddresses } from '../../order/network.js';
import { programOf } from '../../order/program.js';
import { outcomeMark } from '../../order/sealed.js';
import { openCluster } from './cluster.js';
import { mapReader } from './map.js';
import { measure, type Sample } from './measure.js';

/** What is measured. */
export interface Plan {
  readonly mirrors: number;
  readonly added: number;
}

/** What was measured; sizes in MiB. */
export interface Outcome {
  readonly samples: readonly Sample[];
  /** The first service of a block of ports, which HAProxy has to open first. */
  readonly opened: Sample;
  readonly agent: number;
  readonly haproxy: number;
}

const { mirrors, added } = JSON.parse(process.argv[2] ?? '') as Plan;
await prepareNetwork();
const began = performance.now();
const tell = (line: string) =>
  console.log(`${((performance.now() - began) / 1_000).toFixed(1).padStart(6)} s  ${line}`);
const cluster = await openCluster(mirrors);
tell(`${mirrors} mirrors with ports`);

const address = gatewayAddresses.egress[0];
const directory = join(tmpdir(), 'haproxy');
const agent = programOf('egress', `${address}:9990`, [
  ...['gateway', '--role=egress', '--implementation=haproxy', `--haproxy-directory=${directory}`],
  ...[`--kubeconfig=${cluster.kubeconfig}`, `--address=${address}`],
]);
await agent.start();
const map = mapReader(join(directory, fileNames.admin), join(directory, fileNames.routes));
await waitFor('all routes', async () => (await map.size()) === mirrors);
tell('all of them are routed');

const [opened] = await measure(cluster, map, { first: mirrors, last: mirrors + 1 });
const samples = await measure(cluster, map, { first: mirrors + 1, last: mirrors + 1 + added });
tell(`${added} services added, one by one`);
const [own, haproxy] = [await residentOf([agent.pid ?? 0]), await residentOf(await haproxies())];
const outcome: Outcome = { samples, opened: opened!, agent: own, haproxy };
console.log(`${outcomeMark}${JSON.stringify(outcome)}`);
process.exit(0);

/** HAProxy's master and its workers. */
async function haproxies(): Promise<number[]> {
  const all = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const lines = await Promise.all(all.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return all.filter((_, at) => lines[at]!.split('\0').includes('-S')).map(Number);
}

/** Resident memory of processes, in MiB. */
async function residentOf(pids: readonly number[]): Promise<number> {
  const sizes = await Promise.all(
    pids.map(async (pid) => {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
      return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
    }),
  );
  return Math.round(sizes.reduce((sum, size) => sum + size, 0) / 1_024);
}
