import { parseArgs } from 'node:util';
import { join, relative } from 'node:path';
import { createClusters, openClusters, type CreateOptions } from './cluster.js';
import { ensureBinary } from './binaries.js';
import { prepareNative, removeOrphans } from './native/clusters.js';
import { removeGuarded } from './native/guard.js';
import { root } from './paths.js';
import { toStderr } from './progress.js';

const usage = `usage: npm run clusters -- COMMAND
  up [--provider native|kind] [NAME...]   create clusters (default: london paris) that stay until "down"
  down                                    remove them, and what aborted test runs may have left
  status                                  say which clusters there are
  build                                   only build what they are made of`;

const dir = join(root, '.clusters');

async function up(names: string[], provider: CreateOptions['provider']): Promise<void> {
  if (await openClusters(dir))
    throw new Error('there are clusters already: see "status", or remove them with "down"');
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort());
  await createClusters(names.length > 0 ? names : ['london', 'paris'], {
    dir,
    ...(provider && { provider }),
    signal: interrupt.signal,
  });
  await status();
}

async function down(): Promise<void> {
  await (await openClusters(dir))?.remove();
  const guardProgram = await ensureBinary('node', toStderr);
  await removeGuarded(guardProgram, dir);
  await removeOrphans(guardProgram);
}

async function status(): Promise<void> {
  const set = await openClusters(dir);
  if (!set) {
    console.log('no clusters');
    return;
  }
  const kubectl = relative(process.cwd(), join(dir, 'kubectl'));
  for (const { name, nodeAddress, kubeconfig } of Object.values(set.clusters)) {
    const path = relative(process.cwd(), kubeconfig);
    console.log(`${name}\t${nodeAddress}\t${kubectl} --kubeconfig ${path} get pods -A`);
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { provider: { type: 'string' } },
});
const [command, ...names] = positionals;
const { provider } = values;
try {
  if (provider !== undefined && provider !== 'native' && provider !== 'kind') throw new Error(usage);
  if (command === 'up') await up(names, provider);
  else if (command === 'down') await down();
  else if (command === 'status') await status();
  else if (command === 'build') await prepareNative(toStderr);
  else throw new Error(usage);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
