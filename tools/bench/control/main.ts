import { runSealed } from '../../clusters/sealed.js';
import { toStderr } from '../../clusters/progress.js';
import { describeHost, loadNow } from '../machine.js';
import { controlPlanOf } from './options.js';
import type { Results } from './figures.js';
import { controlTable } from './table.js';

// npm run bench:control: what a mirror costs, beside a bare client that writes the same objects
const plan = controlPlanOf(process.argv.slice(2));
const load = loadNow();
const results = await runSealed<Results>(new URL('sealed.js', import.meta.url), plan, toStderr);
console.log(
  `${describeHost(load)}\nNode ${process.version}.\n\n${controlTable(plan, results)}\n\n${JSON.stringify({ plan, results })}`,
);
