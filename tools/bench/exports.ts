import { parseArgs } from 'node:util';
import { runSealed } from '../clusters/sealed.js';
import type { ExportSample, ExportsOutcome, ExportsPlan } from './routes/exports.js';
import { percentileHeading, percentileRow } from './routes/measure.js';
import { beyondIdle, type Used } from './routes/processes.js';

// npm run bench:exports [-- --implementation node] [--exports N] [--changes N] [--links N] [--pods N] [--rate N] [--seconds N]:
// what one changed export costs an ingress gateway that has 10,000, beside a bare watch that only receives the event
const { values } = parseArgs({
  options: {
    implementation: { type: 'string', default: 'haproxy' },
    exports: { type: 'string', default: '10000' },
    changes: { type: 'string', default: '200' },
    links: { type: 'string', default: '2' },
    pods: { type: 'string', default: '2' },
    rate: { type: 'string', default: '50' },
    seconds: { type: 'string', default: '20' },
  },
});
const { implementation, ...numbers } = values;
if (implementation !== 'haproxy' && implementation !== 'node')
  throw new Error(`--implementation is haproxy or node, not ${implementation}`);
const { exports, changes, links, pods, rate, seconds } = Object.fromEntries(
  Object.entries(numbers).map(([name, text]) => [name, Number(text)]),
) as Record<keyof typeof numbers, number>;
const plan: ExportsPlan = { implementation, exports, changes, links, pods, rate, seconds };
const program = new URL('routes/exports.js', import.meta.url);
const outcome = await runSealed<ExportsOutcome>(program, plan, (line) => console.log(line));
const { withdrawn, exported, idle, single, rated, asked, memory } = outcome;

if (implementation === 'haproxy') {
  console.log(`\n${percentileHeading}`);
  times('withdrawn: a bare watch has told', withdrawn, 'watched');
  times("withdrawn: HAProxy's map lacks it", withdrawn, 'mapped');
  times('exported: a bare watch has told', exported, 'watched');
  times("exported: HAProxy's map has it", exported, 'mapped');
}
console.log(`\nCPU time, without that of an idle gateway${' '.repeat(9)}agent  HAProxy  bare watch`);
costs(`ms per change, one by one`, single, 2 * changes);
costs(`ms per change, ${rate} per second`, rated, rate * seconds);
costs(`ms per second, ${rate} changes per second`, rated, rated.elapsed / 1_000);
costs(`the same, while peers ask`, asked, asked.elapsed / 1_000);
console.log(
  `meanwhile ${asked.questions} questions of ${links * pods} gateways got ${asked.reports} whole reports`,
);
console.log(`idle, ms per second: agent ${(idle.agent / (idle.elapsed / 1_000)).toFixed(1)}`);
console.log(`most memory: agent ${memory.agent} MiB, HAProxy ${memory.haproxy} MiB`);

function times(what: string, samples: readonly ExportSample[], of: keyof ExportSample): void {
  const all = samples.map((sample) => sample[of]);
  console.log(percentileRow(what, all));
}

function costs(what: string, used: Used, times: number): void {
  const cell = (who: 'agent' | 'haproxy' | 'watch') =>
    (beyondIdle(used, idle, who) / times).toFixed(2).padStart(9);
  console.log(`${what.padEnd(44)}${cell('agent')}${cell('haproxy')}${cell('watch').padStart(12)}`);
}
