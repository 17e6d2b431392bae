import { mkdir } from 'node:fs/promises';
import { readFile } from 'node:fs/promises';
import { aCluster } from '../clusters/identities.js';
import { run } from '../clusters/exec.js';
import { step, toStderr as progress } from '../clusters/progress.js';
import { measure } from './bench.js';
import { describeMachine, loadNow } from './machine.js';
import { addresses, makeNetwork, ports } from './network.js';
import type { Plan } from './options.js';
import type { Lab, Programs } from './path.js';
import { readCpus, sharesOf } from './proc.js';
import { starter } from './process.js';
import { comparison, costs, losses } from './table.js';

/**
 * The benchmark itself. We are the first process of namespaces of our own (PID, mount, network): whatever is started,
 * mounted or written here is gone when we are, however we end.
 */
const { plan, programs } = JSON.parse(process.argv[2] ?? '') as { plan: Plan; programs: Programs };
const before = loadNow();
const folder = '/run/bench';
await run(['mount', '-t', 'tmpfs', '-o', 'mode=0700', 'tmpfs', '/run']);
await mkdir(folder);
const start = starter(await makeNetwork());
const status = await readFile('/proc/self/status', 'utf8');
const cpus = sharesOf(readCpus(/^Cpus_allowed_list:(.*)$/m.exec(status)?.[1] ?? '0'));
const [london, paris] = await Promise.all([aCluster('london'), aCluster('paris')]);
const lab: Lab = { start, cpus, programs, plan, london, paris, folder };
start({ side: 'server', cpus: cpus.load }, [
  ...([programs.load, 'serve', '-listen', `${addresses.backend}:${ports.backend}`] as const),
]);
const samples = await step('benchmark', progress, () => measure(lab, progress));
const below = losses(samples);
console.log(`${await describeMachine(lab, before)}

${comparison(samples)}

What that is for a pod of each role:

${costs(samples)}
${below.length === 0 ? '' : `\nBelow 0.85 of nginx: ${below.join('; ')}.\n`}`);
process.exit(0);
