import { readFile } from 'node:fs/promises';
import { isAlive, killAndWait, spawnTied } from '../../clusters/tied.js';
import { waitFor } from '../../clusters/wait.js';
import { readStat } from '../proc.js';

/** The process that is measured: the operator, or the bare client. */
export interface Subject {
  /** `performance.now()` when it was started. */
  readonly startedAt: number;
  /** Seconds of CPU so far. */
  cpu(): Promise<number>;
  /** Most resident memory so far, in MiB. */
  memory(): Promise<number>;
  /** Its exit code, or the signal that it died of. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Waits for something that it brings about; rejects when it ends, or after half an hour. @param state of what is there */
  until<T>(what: Promise<T>, state?: () => string): Promise<T>;
  /** Waits until it takes less of a CPU than it may while it is quiet, for three seconds. */
  settled(): Promise<void>;
  /** Text of its metrics; empty for the bare client, which has none. */
  metrics(): Promise<string>;
  /** Whether it says that it is ready. */
  ready(): Promise<boolean>;
  stop(): Promise<void>;
}

/** How a subject is started. */
export interface SubjectOptions {
  readonly command: readonly string[];
  /** The file that gets what it writes. */
  readonly log: string;
  /** Where it serves health and metrics, `host:port`. @default nowhere */
  readonly health?: string;
  /** Less of a CPU counts as quiet. @default a tenth */
  readonly quiet?: number;
}

/** How long something may take that a subject brings about (ms). */
const patience = 30 * 60_000;

/** Starts one. */
export function startSubject({ command, log, health, quiet: most = 0.1 }: SubjectOptions): Subject {
  const startedAt = performance.now();
  const child = spawnTied(command, log);
  const ended = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(signal ?? code ?? NaN));
  });
  const early = ended.then(async (how) => {
    throw new Error(`it ended (${how}): ${(await readFile(log, 'utf8')).slice(-2_000)}`);
  });
  early.catch(() => undefined);
  const read = (file: string) => {
    if (!isAlive(child)) return early;
    return readFile(`/proc/${child.pid}/${file}`, 'utf8');
  };
  const ask = (path: string) => fetch(`http://${health}${path}`, { signal: AbortSignal.timeout(30_000) });
  const cpu = async () => readStat(await read('stat')).cpu;
  return {
    ...{ startedAt, ended, cpu },
    memory: async () =>
      Math.round(Number(/^VmHWM:\s+(\d+) kB/m.exec(await read('status'))?.[1] ?? 0) / 1_024),
    until: (what, state = () => '') => {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`waited for half an hour; ${state()}`)), patience);
      });
      return Promise.race([what, early, late]).finally(() => clearTimeout(timer));
    },
    async settled() {
      let [before, quiet] = [await cpu(), 0];
      const look = async () => {
        const now = await cpu();
        quiet = now - before < most ? quiet + 1 : 0;
        before = now;
        return quiet >= 3;
      };
      await waitFor('it to do no more', look, { timeout: patience, every: 1_000 });
    },
    metrics: async () => (health === undefined ? '' : (await ask('/metrics')).text()),
    ready: async () => {
      if (!isAlive(child)) return early;
      return ask('/readyz').then(
        ({ ok }) => ok,
        () => false,
      );
    },
    stop: () => killAndWait(child),
  };
}
