import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { createServer } from 'node:net';

/**
 * Starts a program that the kernel kills when this process dies, however it dies (prctl(2), PR_SET_PDEATHSIG).
 * Its output is appended to a file. It does not keep this process alive.
 */
export function spawnTied(argv: readonly string[], log: string): ChildProcess {
  const output = openSync(log, 'a');
  try {
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...argv], {
      stdio: ['ignore', output, output],
    });
    child.unref();
    return child;
  } finally {
    closeSync(output);
  }
}

/** Whether a child has not ended yet, as far as this process has been told. */
export function isAlive(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

/** Kills a child that may have ended already, and waits until it has. */
export async function killAndWait(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || !isAlive(child)) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.ref();
  child.kill('SIGKILL');
  await ended;
}

/** Whether a process with this id exists, ours or not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The ports that this process was given: the server of one may not have begun to listen. */
const given = new Set<number>();

/**
 * A TCP port that is free on loopback, and that this process has not asked for before. It is below Linux's range for
 * outgoing connections, so that none of those takes it before its server does, and random, so that test files running
 * side by side do not pick the same.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
