import { readFile } from 'node:fs/promises';
import { isAlive, killAndWait, spawnTied } from '../../clusters/tied.js';
import { readStat } from '../proc.js';

/** The process that is measured: the operator, or the bare client. */
export interface Subject {
  /** Seconds of CPU so far. */
  cpu(): Promise<number>;
  /** Most resident memory so far, in MiB. */
  memory(): Promise<number>;
  stop(): Promise<void>;
}

/** Starts a script of Node's. @param heap MiB that its old generation may take; what the limit of the manifests gives */
export function startSubject(script: readonly string[], log: string, heap?: number): Subject {
  const limit = heap === undefined ? [] : [`--max-old-space-size=${heap}`];
  const child = spawnTied([process.execPath, ...limit, ...script], log);
  const read = (file: string) => {
    if (!isAlive(child)) throw new Error(`${script.join(' ').slice(0, 80)} ended; see ${log}`);
    return readFile(`/proc/${child.pid}/${file}`, 'utf8');
  };
  return {
    cpu: async () => readStat(await read('stat')).cpu,
    memory: async () =>
      Math.round(Number(/^VmHWM:\s+(\d+) kB/m.exec(await read('status'))?.[1] ?? 0) / 1_024),
    stop: () => killAndWait(child),
  };
}
