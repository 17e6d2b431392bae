import type { ChildProcess } from 'node:child_process';
import { appendFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './paths.js';
import { isAlive, killAndWait, spawnTied } from './tied.js';
import { eventually } from '../../test/driver/eventually.js';

/** A process of the product that can be ended and started again. */
export interface Program {
  readonly name: string;
  /** Starts it, and waits until it says that it is ready. */
  start(): Promise<void>;
  /** Asks it to stop, as a kubelet does, and waits until it has. */
  stop(): Promise<void>;
  /** Kills it. */
  kill(): Promise<void>;
  /** Undefined while it does not run. */
  readonly pid: number | undefined;
}

/** A process of `main.js`, which serves its health at that address. */
export function programOf(name: string, health: string, args: readonly string[]): Program {
  const log = join(tmpdir(), `${name}.log`);
  const argv = [
    ...[process.execPath, '--enable-source-maps', join(root, 'build/src/cmd/main.js')],
    ...[...args, `--metrics-address=${health}`],
  ];
  let child: ChildProcess | undefined;
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    const ending = child;
    child = undefined;
    if (ending === undefined || !isAlive(ending)) return;
    await appendFile(log, `${signal}\n`);
    if (signal === 'SIGKILL') return killAndWait(ending);
    const ended = new Promise((resolve) => ending.once('exit', resolve));
    ending.ref();
    ending.kill(signal);
    await ended;
  };
  return {
    name,
    get pid() {
      return child?.pid;
    },
    async start() {
      child = spawnTied(argv, log);
      const mine = child;
      await eventually(async () => {
        if (!isAlive(mine)) throw new Error(`${name} ended; see ${log}`);
        const { ok, statusText } = await fetch(`http://${health}/readyz`);
        if (!ok) throw new Error(`${name} is not ready: ${statusText}`);
      }, 60_000);
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}
