import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ensureBinary } from './binaries.js';
import { run } from './exec.js';
import { toStderr } from './progress.js';
import { ensureHaproxy } from '../debian/haproxy.js';

/** Begins the line on which a sealed program tells its outcome, as JSON; all other lines are progress. */
const outcomeMark = 'OUTCOME ';

/** Tells the outcome of a sealed program, and ends it. A long line goes through the pipe in pieces, after this returns. */
export function tellOutcome(outcome: unknown): Promise<never> {
  return new Promise(() => {
    process.stdout.write(`${outcomeMark}${JSON.stringify(outcome)}\n`, () => process.exit(0));
  });
}

/**
 * Runs a program that has network, process numbers and temporary files of its own: it may listen on any address, and what
 * it started ends with it, however it ends. It finds HAProxy 3.0 as `haproxy`. Rejects when it ends without an outcome.
 *
 * @param argument the program's only one, as JSON
 * @param tell takes lines of progress
 */
export async function runSealed<T>(
  program: URL,
  argument: unknown,
  tell: (line: string) => void,
): Promise<T> {
  // it has no way to download anything
  const [haproxy] = await Promise.all([ensureHaproxy(toStderr), ensureBinary('kube', toStderr)]);
  const folder = await mkdtemp(join(tmpdir(), 'sealed-'));
  try {
    await mkdir(join(folder, 'bin'));
    await symlink(haproxy.program, join(folder, 'bin', 'haproxy'));
    const command = [
      ...[process.execPath, '--enable-source-maps', fileURLToPath(program)],
      JSON.stringify(argument),
    ];
    return await runAlone<T>(command, folder, tell);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runAlone<T>(
  command: readonly string[],
  folder: string,
  tell: (line: string) => void,
): Promise<T> {
  const root = process.getuid?.() === 0 ? [] : ['--map-root-user'];
  const child = spawn(
    'setpriv',
    [
      ...['--pdeathsig', 'KILL', '--', 'unshare', ...root, '--net', '--pid', '--mount-proc'],
      ...['--fork', '--kill-child', '--', ...command],
    ],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, TMPDIR: folder, PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}` },
    },
  );
  let outcome: { readonly told: T } | undefined;
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  for await (const line of createInterface(child.stdout)) {
    if (line.startsWith(outcomeMark)) outcome = { told: JSON.parse(line.slice(outcomeMark.length)) as T };
    else tell(line);
  }
  const code = await ended;
  if (outcome === undefined) throw new Error(`the sealed program ended early, with exit code ${code}`);
  return outcome.told;
}

/**
 * Gives the network of a sealed program, which begins without any, these addresses and, as addresses that it answers at,
 * a whole range (ip-route(8), type local). It is called in that program.
 */
export async function openNetwork({
  addresses = [],
  range,
}: {
  readonly addresses?: readonly string[];
  readonly range?: string;
}): Promise<void> {
  const commands = [
    'link set lo up',
    ...addresses.map((ip) => `address add ${ip}/32 dev lo`),
    ...(range === undefined ? [] : [`route add local ${range} dev lo`]),
  ];
  await run(['ip', '-batch', '-'], { input: commands.join('\n') });
}
