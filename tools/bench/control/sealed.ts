import { run } from '../../clusters/exec.js';
import { outcomeMark } from '../../clusters/sealed.js';
import { gatewayHost } from './objects.js';
import type { ControlPlan } from './options.js';
import { runControl } from './run.js';

// Runs in a network namespace of its own: an endpoint slice takes no loopback address, so the gateway needs another one.
await run(['ip', 'link', 'set', 'lo', 'up']);
await run(['ip', 'address', 'add', `${gatewayHost}/32`, 'dev', 'lo']);
const results = await runControl(JSON.parse(process.argv[2] ?? '') as ControlPlan, (line) =>
  console.log(line),
);
console.log(`${outcomeMark}${JSON.stringify(results)}`);
process.exit(0);
