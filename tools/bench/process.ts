import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Argv, Enter, Side } from './network.js';

/** Where and on what a process runs. */
export interface Place {
  readonly side: Side;
  /** CPUs, as taskset(1) takes them. */
  readonly cpus: string;
}

/** A process of the benchmark. */
export interface Running {
  readonly pid: number;
  /** The next line that it writes. @throws what it has said of its failure when it ends instead */
  line(): Promise<string>;
  /** Ends its standard input, by which it is told to end itself. */
  finish(): void;
  /** Ends it. */
  stop(): Promise<void>;
}

/** Starts processes on either side. */
export type Start = (place: Place, argv: Argv) => Running;

/** What starts processes on the sides that `enter` leads to. They need no tie to us: their PID namespace ends with us. */
export function starter(enter: Enter): Start {
  return ({ side, cpus }, argv) => {
    const [program, ...args] = enter(side, ['taskset', '--cpu-list', cpus, ...argv]);
    // in sessions of their own, as HAProxy's workers are anyway: the scheduler shares CPUs among sessions (sched(7), autogroup)
    return running(spawn(program, args, { stdio: 'pipe', detached: true }), argv);
  };
}

function running(child: ChildProcess, argv: Argv): Running {
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4_096)));
  child.stdin?.on('error', () => undefined);
  const ended = once(child, 'close');
  ended.catch(() => undefined);
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  return {
    pid: child.pid ?? 0,
    async line() {
      const { done, value } = await lines.next();
      if (done === true) throw new Error(`${argv.slice(0, 3).join(' ')} has ended: ${said.trim()}`);
      return value;
    },
    finish: () => void child.stdin?.end(),
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
