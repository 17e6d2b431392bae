import { tellOutcome } from '../../../tools/clusters/sealed.js';
import { startBackends } from './backends.js';
import { startOrderClusters } from './clusters.js';
import type { Outcomes, Plan } from './plan.js';
import { playBurst } from './stories/burst.js';
import { playChurn } from './stories/churn.js';

// Runs sealed: it alone may be sure that nobody else uses its addresses.
const plan = JSON.parse(process.argv[2] ?? '') as Plan;
const started = performance.now();
const tell = (line: string) =>
  console.log(`${((performance.now() - started) / 1_000).toFixed(1).padStart(6)} s  ${line}`);
const clusters = await startOrderClusters(plan.implementation);
tell(`both clusters run, over ${plan.implementation}`);
const { signal } = new AbortController();
const backends = await startBackends(clusters.paris.kube, signal);
const story = { clusters, backends, tell };
const outcomes: Outcomes = {
  burst: await playBurst(story, plan, signal),
  churn: await playChurn(story, plan, signal),
};
// everything that was started dies with us
await tellOutcome(outcomes);
