import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ensureBinary } from '../cluster/binaries.js';
import { toStderr } from '../cluster/progress.js';
import { ensureHaproxy } from '../haproxy/program.js';
import type { Outcomes, Plan } from './plan.js';

/** The line on which the sealed process tells the outcomes; all other lines are progress. */
export const outcomeMark = 'OUTCOME ';

/**
 * Plays the stories in a process that has network and process numbers of its own, so that it may listen on any address and
 * kills all that it started when it ends, however it ends. Rejects when one could not be played.
 *
 * @param tell takes lines of progress
 */
export async function play(plan: Plan, tell: (line: string) => void): Promise<Outcomes> {
  // the sealed process has no way to download anything
  const [{ program }] = await Promise.all([ensureHaproxy('3.0', toStderr), ensureBinary('kube', toStderr)]);
  const folder = await mkdtemp(join(tmpdir(), 'order-'));
  try {
    await mkdir(join(folder, 'bin'));
    await symlink(program, join(folder, 'bin', 'haproxy'));
    return await run(plan, folder, tell);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function run(plan: Plan, folder: string, tell: (line: string) => void): Promise<Outcomes> {
  const main = fileURLToPath(new URL('main.js', import.meta.url));
  const root = process.getuid?.() === 0 ? [] : ['--map-root-user'];
  const child = spawn(
    'setpriv',
    [
      ...['--pdeathsig', 'KILL', '--', 'unshare', ...root, '--net', '--pid', '--mount-proc'],
      ...[
        '--fork',
        '--kill-child',
        '--',
        process.execPath,
        '--enable-source-maps',
        main,
        JSON.stringify(plan),
      ],
    ],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, TMPDIR: folder, PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}` },
    },
  );
  let outcomes: Outcomes | undefined;
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  for await (const line of createInterface(child.stdout)) {
    if (line.startsWith(outcomeMark)) outcomes = JSON.parse(line.slice(outcomeMark.length)) as Outcomes;
    else tell(line);
  }
  const code = await ended;
  if (outcomes === undefined) throw new Error(`the stories ended early, with exit code ${code}`);
  return outcomes;
}
