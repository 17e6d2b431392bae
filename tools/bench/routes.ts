import { runSealed } from '../clusters/sealed.js';
import type { Outcome, Plan } from './routes/main.js';
import { percentile, percentileHeading, percentileRow, type Sample } from './routes/measure.js';
import { beyondIdle } from './routes/processes.js';

// npm run bench:routes [-- MIRRORS [ADDED [RENEWED]]]: how long a new service takes until an egress gateway routes it, beside 10,000
const [mirrors = 10_000, added = 300, renewed = 2_000] = process.argv.slice(2).map(Number);
const plan: Plan = { mirrors, added, renewed };
const program = new URL('routes/main.js', import.meta.url);
const { samples, opened, idle, single, agent, haproxy } = await runSealed<Outcome>(program, plan, (line) =>
  console.log(line),
);

const row = (what: string, of: (sample: Sample) => number) =>
  console.log(percentileRow(what, samples.map(of)));
console.log(`\n${percentileHeading}`);
row('the API server has answered', ({ written }) => written);
row('a bare watch has told', ({ watched }) => watched);
row("HAProxy's map has it", ({ routed }) => routed);
row('from the watch to the map', ({ watched, routed }) => routed - watched);
const ratio = (share: number) =>
  percentile(
    samples.map(({ routed }) => routed),
    share,
  ) /
  percentile(
    samples.map(({ watched }) => watched),
    share,
  );
console.log(`map to bare watch: p50 ${ratio(0.5).toFixed(2)}, p99 ${ratio(0.99).toFixed(2)}`);
console.log(`the first of a block of ports, with a reload: ${opened.routed.toFixed(0)} ms`);
const cost = (who: 'agent' | 'haproxy' | 'watch') => (beyondIdle(single, idle, who) / added).toFixed(2);
console.log(
  `ms of CPU time for a service (two events): agent ${cost('agent')}, HAProxy ${cost('haproxy')}, bare watch ${cost('watch')}`,
);
console.log(
  `most memory with ${mirrors + 2 * added + 2} routes, ${renewed} of them renewed: agent ${agent} MiB, HAProxy ${haproxy} MiB`,
);
