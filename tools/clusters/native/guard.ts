import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { run } from '../exec.js';
import { waitFor } from '../wait.js';

/** The process that owns a set of nodes and its fabric; it and they die together, and it removes what they leave. */
export interface Guard {
  readonly pid: number;
  /** First processes of the nodes, by name, as this machine numbers them. */
  readonly nodes: Readonly<Record<string, number>>;
  /** Lets it outlive this process. */
  detach(): void;
}

/** The name of the cgroup that all nodes with their state in `dir` are below. */
export function cgroupOf(dir: string): string {
  return `service-mirror-${createHash('sha256').update(resolve(dir)).digest('hex').slice(0, 8)}`;
}

/** Starts a guard in a network namespace of its own; the directories `dir/NAME` must be there. */
export async function startGuard(program: string, dir: string, names: readonly string[]): Promise<Guard> {
  const log = openSync(join(dir, 'guard.log'), 'a');
  const argv = ['--net', '--', program, 'guard', dir, cgroupOf(dir), ...names];
  const child = spawn('unshare', argv, {
    detached: true, // Ctrl-C is for us, who will then remove everything in good order
    stdio: ['pipe', 'pipe', log],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
  });
  closeSync(log);
  const { pid, stdin, stdout } = child;
  if (!stdin || !stdout) throw new Error('spawn() made no pipes');
  child.unref();
  const line = await new Promise<string | undefined>((resolve, reject) => {
    child.once('error', reject);
    createInterface(stdout)
      .once('line', resolve)
      .once('close', () => resolve(undefined));
  });
  if (pid === undefined || line === undefined) {
    throw new Error(`the nodes did not start: ${await readFile(join(dir, 'guard.log'), 'utf8')}`);
  }
  for (const stream of [stdin, stdout]) (stream as Socket).unref();
  return {
    pid,
    nodes: JSON.parse(line) as Record<string, number>,
    detach: () => stdin.end('d'),
  };
}

/** Ends the guard of `dir`, if one runs, and removes `dir` and its cgroups, also those of a guard that was killed. */
export async function removeGuarded(program: string, dir: string): Promise<void> {
  const pid = await findGuard(dir);
  if (pid !== undefined) {
    process.kill(pid, 'SIGTERM');
    await waitFor(`the nodes in ${dir} to end`, async () => (await findGuard(dir)) === undefined, {
      every: 20,
    });
  }
  await run([program, 'clean', dir, cgroupOf(dir)]);
}

/** Finds the guard of `dir` by its command line: a file with its number would be lost with the directory. */
export async function findGuard(dir: string): Promise<number | undefined> {
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const argv = (await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '')).split('\0');
    if (argv[1] === 'guard' && argv[2] === dir && argv[3] === cgroupOf(dir)) return Number(entry);
  }
  return undefined;
}
