import { openNetwork, tellOutcome } from '../../clusters/sealed.js';
import { egressHosts, gatewayHost } from './objects.js';
import type { ControlPlan } from './options.js';
import { runControl } from './run.js';

// Runs in a network namespace of its own: an endpoint slice takes no loopback address, so gateways need other ones.
await openNetwork({ addresses: [gatewayHost, ...egressHosts] });
const results = await runControl(JSON.parse(process.argv[2] ?? '') as ControlPlan, (line) =>
  console.log(line),
);
await tellOutcome(results);
