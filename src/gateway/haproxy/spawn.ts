import { execFile, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import type { Log } from '../../runtime/log.js';
import { oldest } from './version.js';

/** How HAProxy is started: program and leading arguments, for example `['haproxy']`. */
export type ProcessCommand = readonly [string, ...string[]];

/** A process that we have started. */
export interface Started {
  readonly pid: number | undefined;
  /** Everything it has written so far, at most the last 64 kB. */
  output(): string;
  /** Resolves when it has ended; never rejects. */
  readonly ended: Promise<void>;
  /** Whether a signal has ended it, or a worker of it: the master then exits with 128 and the number of the signal. */
  wasKilled(): boolean;
  kill(signal: 'SIGTERM' | 'SIGKILL' | 'SIGUSR1'): void;
}

/** What `haproxy -v` prints; throws an error that says how to get HAProxy when there is none. */
export async function askVersion([program, ...args]: ProcessCommand): Promise<string> {
  try {
    return (await promisify(execFile)(program, [...args, '-v'])).stdout;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    throw new Error(
      `${program} is not installed: install HAProxy ${oldest} or newer (Debian 13: apt-get install haproxy), or use --implementation node`,
      { cause },
    );
  }
}

/**
 * Starts HAProxy's master (management guide, section 3: `-W`, `-S`). It gets no signals from our terminal, so that it
 * can drain when we are to stop. It goes on without us, and can be found again.
 */
export function startMaster(
  [program, ...args]: ProcessCommand,
  files: {
    readonly config: string;
    readonly master: string;
    /** In addition to our own. */
    readonly environment?: Readonly<Record<string, string>>;
  },
  log: Log,
): Started {
  const socket = `${files.master},level,admin,mode,600`;
  const child = spawn(program, [...args, '-W', '-S', socket, '-f', files.config], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, ...files.environment },
  });
  let output = '';
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      output += error.message;
      resolve();
    });
    child.once('close', () => resolve());
  });
  let killed = false;
  child.once('exit', (code, signal) => (killed = signal !== null || (code ?? 0) > 128));
  // if no file descriptor is left, neither exists, whatever the types say
  const streams: readonly (Readable | undefined)[] = [child.stdout, child.stderr];
  for (const stream of streams) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-65_536);
      for (const line of text.split('\n')) if (line !== '') log.debug('haproxy', { line });
    });
  }
  return {
    pid: child.pid,
    output: () => output,
    ended,
    wasKilled: () => killed,
    kill: (signal) => void child.kill(signal),
  };
}
