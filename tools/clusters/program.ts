import type { ChildProcess } from 'node:child_process';
import { appendFile } from 'node:fs/promises';
import { bundledProgram } from './bundled.js';
import { isAlive, killAndWait, spawnTied } from './tied.js';
import { waitFor } from './wait.js';

/** A process of the product that can be ended and started again. It dies with this process. */
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

/** How a process of the product is started. */
export interface ProgramOptions {
  readonly name: string;
  /** Command and flags of the product. */
  readonly args: readonly string[];
  /** Starts Node. @default this process' own, without flags */
  readonly node?: readonly string[];
  /** Where it serves its health and metrics, as `host:port`. */
  readonly health: string;
  /** The file that its output is appended to. */
  readonly log: string;
}

/** A process of `main.js`, which does not run yet. */
export function programOf({ name, args, node = [process.execPath], health, log }: ProgramOptions): Program {
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
      const argv = [...node, await bundledProgram(), ...args, `--metrics-address=${health}`];
      child = spawnTied(argv, log);
      const mine = child;
      const looking = waitFor(`${name} to be ready`, async () => {
        if (!isAlive(mine)) return 'ended';
        return (await fetch(`http://${health}/readyz`)).ok && 'ready';
      });
      const how = await looking.catch(async (error: unknown) => {
        // nobody else knows of it, and it would go on beside its successor
        await end('SIGKILL');
        throw error;
      });
      if (how === 'ended') throw new Error(`${name} ended; see ${log}`);
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}
