import { prepareNetwork } from '../network.js';
import { outcomeMark } from '../../../tools/clusters/sealed.js';
import { startBackends } from './backends.js';
import { openOrderClusters } from './clusters.js';
import type { Outcomes, Plan } from './plan.js';
import { playBurst } from './stories/burst.js';
import { playChurn } from './stories/churn.js';

// Runs sealed: it alone may be sure that nobody else uses its addresses.
const plan = JSON.parse(process.argv[2] ?? '') as Plan;
const started = performance.now();
const tell = (line: string) =>
  console.log(`${((performance.now() - started) / 1_000).toFixed(1).padStart(6)} s  ${line}`);
await prepareNetwork();
const cities = await openOrderClusters(plan.implementation);
tell(`both cities run, over ${plan.implementation}`);
const { signal } = new AbortController();
const backends = await startBackends(cities.paris.kube, signal);
const stage = { cities, backends, tell };
const outcomes: Outcomes = {
  burst: await playBurst(stage, plan, signal),
  churn: await playChurn(stage, plan, signal),
};
console.log(`${outcomeMark}${JSON.stringify(outcomes)}`);
// everything that was started dies with us
process.exit(0);
