import { spawn } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';

/** Ids of the processes of this machine that have a text among their arguments. */
export async function processesNaming(text: string): Promise<number[]> {
  const found: number[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    const argv = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
    if (argv.includes(text)) found.push(Number(entry));
  }
  return found;
}

/** Another Node.js process, for tests of what happens when one is killed. */
export interface Owner {
  /** The first line that it printed. */
  readonly line: string;
  /** Kills it with SIGKILL and waits until it has ended. */
  kill(): Promise<void>;
}

/** Runs the text of a module in a process of its own and waits for its first line; the process then stays. */
export async function spawnModule(text: string): Promise<Owner> {
  const stay = `${text}\nsetInterval(() => undefined, 1_000_000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', stay], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const line = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once('line', resolve);
    child.once('exit', () => reject(new Error('the process ended before it printed a line')));
  });
  return {
    line,
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
