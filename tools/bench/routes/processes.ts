import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnTied } from '../../clusters/tied.js';
import { nodeEnvironment, nodeFlags } from '../../images/node.js';
import { readStat } from '../proc.js';

/** MiB that Node lets its heap grow to under the memory limit of the install manifests, 512Mi: half of it. */
const heap = 256;

/** Starts Node for a gateway's agent as in a pod: the image's environment and flags, and that heap. */
export const nodeOfPod: readonly string[] = [
  ...['env', ...Object.entries(nodeEnvironment).map((pair) => pair.join('='))],
  ...[process.execPath, ...nodeFlags, `--max-old-space-size=${heap}`],
];

/** HAProxy's master and its workers, in this namespace of processes. */
export async function haproxies(): Promise<number[]> {
  const all = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const lines = await Promise.all(all.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return all.filter((_, at) => lines[at]!.split('\0').includes('-S')).map(Number);
}

/** The most resident memory that processes have had, in MiB. */
export async function residentOf(pids: readonly number[]): Promise<number> {
  const sizes = await Promise.all(
    pids.map(async (pid) => {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
      return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
    }),
  );
  return Math.round(sizes.reduce((sum, size) => sum + size, 0) / 1_024);
}

/** Milliseconds of CPU time that the processes have used while something was done. */
export interface Used {
  readonly agent: number;
  readonly haproxy: number;
  readonly watch: number;
  /** Milliseconds that have passed. */
  readonly elapsed: number;
}

/** Process ids of those whose CPU time is compared. */
export type Compared = Readonly<Record<'agent' | 'haproxy' | 'watch', readonly number[]>>;

/** What processes use while something is done. */
export async function usedBy(pids: Compared, work: () => Promise<unknown>): Promise<Used> {
  const look = async () => ({
    agent: await cpuOf(pids.agent),
    haproxy: await cpuOf(pids.haproxy),
    watch: await cpuOf(pids.watch),
    elapsed: performance.now(),
  });
  const before = await look();
  await work();
  const after = await look();
  const by = (what: keyof Used) => after[what] - before[what];
  return { agent: by('agent'), haproxy: by('haproxy'), watch: by('watch'), elapsed: by('elapsed') };
}

/** Milliseconds of CPU time that somebody has used beyond what they use in that time when nothing is done. */
export function beyondIdle(used: Used, idle: Used, who: keyof Compared): number {
  return used[who] - (idle[who] * used.elapsed) / idle.elapsed;
}

/** Starts a bare watch of a kind; gives its process id. It ends with this process. */
export function startWatch(kubeconfig: string, kind: 'services' | 'servicemirrors'): number {
  const program = fileURLToPath(new URL('watch.js', import.meta.url));
  return spawnTied([process.execPath, program, kubeconfig, kind], join(tmpdir(), 'watch.log')).pid ?? 0;
}

/** Milliseconds of CPU time that processes have used. */
async function cpuOf(pids: readonly number[]): Promise<number> {
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')));
  return stats.reduce((sum, text) => sum + (text === '' ? 0 : readStat(text).cpu * 1_000), 0);
}
