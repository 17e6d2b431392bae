import { readdir, readFile } from 'node:fs/promises';
import { gatewayAddresses, type OrderClusters } from './clusters.js';
import type { Blow } from './plan.js';
import type { Program } from '../../../tools/clusters/program.js';

/** How often each role was struck; its processes take turns. */
const turns = new Map<string, number>();

/** Ends a process, and starts it again at once, as a kubelet does. */
export async function strike(
  clusters: OrderClusters,
  blow: Blow,
  tell: (line: string) => void,
): Promise<void> {
  const [how, whom] = blow.split(' ') as [
    'stop' | 'kill',
    'operator' | 'egress' | 'ingress' | 'haproxy' | 'pod',
  ];
  const turn = turns.get(whom) ?? 0;
  turns.set(whom, turn + 1);
  if (whom === 'haproxy') {
    const addresses = [...gatewayAddresses.egress, ...gatewayAddresses.ingress];
    await killMaster(addresses[turn % addresses.length]!);
    return tell(`${blow} done`);
  }
  const role = whom === 'pod' ? 'egress' : whom;
  const program = role === 'operator' ? clusters.operator : pick(clusters[role], turn);
  await program[how]();
  if (whom === 'pod') await killMaster(gatewayAddresses.egress[turn % gatewayAddresses.egress.length]!);
  await program.start();
  tell(`${blow} (${program.name}) done`);
}

function pick(programs: readonly Program[], turn: number): Program {
  return programs[turn % programs.length]!;
}

/** Kills HAProxy's master process for an address; its workers end with it. */
async function killMaster(address: string): Promise<void> {
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const argv = (await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '')).split('\0');
    const isMaster = argv.includes('-S') && argv.some((word) => word.includes(address));
    if (isMaster) process.kill(Number(entry), 'SIGKILL');
  }
}
