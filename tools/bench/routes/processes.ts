import { readdir, readFile } from 'node:fs/promises';
import { readStat } from '../proc.js';

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

/** Milliseconds of CPU time that processes have used. */
export async function cpuOf(pids: readonly number[]): Promise<number> {
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')));
  return stats.reduce((sum, text) => sum + (text === '' ? 0 : readStat(text).cpu * 1_000), 0);
}
