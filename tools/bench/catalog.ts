import { parseArgs } from 'node:util';
import { runSealed } from '../clusters/sealed.js';
import type { CatalogOutcome, CatalogPlan } from './routes/catalog.js';
import { beyondIdle, type Used } from './routes/processes.js';

// npm run bench:catalog [-- --implementation node] [--exports N] [--changes N] [--seconds N] [--readers N]:
// what the catalog of a peer costs the ingress gateway that tells it, beside a bare reader that only receives it
const { values } = parseArgs({
  options: {
    implementation: { type: 'string', default: 'haproxy' },
    exports: { type: 'string', default: '10000' },
    changes: { type: 'string', default: '50' },
    seconds: { type: 'string', default: '20' },
    readers: { type: 'string', default: '1' },
  },
});
const { implementation, ...numbers } = values;
if (implementation !== 'haproxy' && implementation !== 'node')
  throw new Error(`--implementation is haproxy or node, not ${implementation}`);
const { exports, changes, seconds, readers } = Object.fromEntries(
  Object.entries(numbers).map(([name, text]) => [name, Number(text)]),
) as Record<keyof typeof numbers, number>;
const plan: CatalogPlan = { implementation, exports, changes, seconds, readers };
const program = new URL('routes/catalog.js', import.meta.url);
const outcome = await runSealed<CatalogOutcome>(program, plan, (line) => console.log(line));
const { idle, first, again, changing, churning, memory } = outcome;

console.log(
  `\nCPU time, without that of an idle gateway${' '.repeat(9)}agent  HAProxy  bare reader  bytes of a reader`,
);
row('ms, the first whole catalog', first, 1);
row('ms, one more whole catalog', again, 1);
row(`ms per second, ${changes} changes per second`, changing, changing.elapsed / 1_000);
row('the same, when no count changes', churning, churning.elapsed / 1_000);
console.log(
  `told whole after ${first.wholeAfter.toFixed(0)} ms, and the second time after ${again.wholeAfter.toFixed(0)} ms`,
);
console.log(
  `${changes * seconds} changes were ${changing.services / readers} lines, and ${churning.services / readers} when no count changed`,
);
console.log(
  `most memory: agent ${memory.agent} MiB (${memory.before} before anybody asked), HAProxy ${memory.haproxy} MiB`,
);

function row(what: string, used: Used & { readonly bytes: number }, times: number): void {
  const cell = (who: 'agent' | 'haproxy' | 'watch') =>
    (beyondIdle(used, idle, who) / times).toFixed(2).padStart(9);
  const bytes = (used.bytes / readers / times).toFixed(0).padStart(19);
  console.log(`${what.padEnd(44)}${cell('agent')}${cell('haproxy')}${cell('watch').padStart(13)}${bytes}`);
}
