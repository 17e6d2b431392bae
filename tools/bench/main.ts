import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { ensureBinary } from '../clusters/binaries.js';
import { toStderr as progress } from '../clusters/progress.js';
import { ensureHaproxy } from '../debian/haproxy.js';
import { ensureNginx } from './nginx/program.js';
import { openFilesIn, withinOpenFiles } from './openfiles.js';
import { planOf } from './options.js';
import type { Programs } from './path.js';

/** Fetches what is needed, and runs the benchmark in namespaces of its own, which end with it. */
async function main(args: readonly string[]): Promise<number> {
  const limits = openFilesIn(await readFile('/proc/self/limits', 'utf8'));
  const { plan, why } = withinOpenFiles(planOf(args), limits);
  if (why !== undefined) progress(why);
  if (process.getuid?.() !== 0)
    throw new Error('the benchmark makes network namespaces, which takes root: run it with sudo');
  const programs: Programs = {
    load: await ensureBinary('load', progress),
    haproxy: (await ensureHaproxy(progress, 'stock')).program,
    ...(plan.paths.includes('aws-lc') && { awsLc: (await ensureHaproxy(progress, 'aws-lc')).program }),
    nginx: await ensureNginx(progress),
  };
  const inside = fileURLToPath(new URL('inside.js', import.meta.url));
  // killed with us, however we end, and all that runs in the namespaces with it
  const child = spawn(
    'setpriv',
    [
      ...['--pdeathsig', 'KILL', '--'],
      ...['unshare', '--net', '--pid', '--mount', '--fork', '--kill-child=KILL', '--mount-proc', '--'],
      ...[process.execPath, '--enable-source-maps', inside, JSON.stringify({ plan, programs })],
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => child.kill('SIGKILL'));
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 130;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
