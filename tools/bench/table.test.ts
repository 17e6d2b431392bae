import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sample } from './rows.js';
import { comparison, costs, losses, ratio, type Samples } from './table.js';

const sample = (total: Sample['total'], egress: Sample['egress'] = {}): Sample => ({
  ...{ total, egress, ingress: egress },
});

const samples: Samples = new Map([
  ['direct', [sample({ requests: 60_000, p99: 0.5 }), sample({ requests: 80_000, p99: 0.5 })]],
  [
    'haproxy',
    [
      sample({ mirrorsMemory: 40 }),
      sample({ requests: 30_000, p99: 2, requestCpu: 36 }, { requestCpu: 18 }),
      sample({ requests: 10_000, p99: 4, requestCpu: 36 }, { requestCpu: 18 }),
    ],
  ],
  [
    'nginx',
    [
      sample({ mirrorsMemory: 60 }),
      sample({ requests: 20_000, p99: 1, requestCpu: 35 }, { requestCpu: 17.5 }),
      sample({ requests: 10_000, p99: 1, requestCpu: 35 }, { requestCpu: 17.5 }),
    ],
  ],
]);

test('ratio() compares round by round, and above 1 is better whichever way a row counts', () => {
  assert.equal(ratio(samples, 'requests'), 1.25);
  assert.equal(ratio(samples, 'p99'), 0.375);
  assert.equal(ratio(samples, 'mirrorsMemory'), 1.5);
});

test('losses() names what stays below the floor, and not what was not measured', () => {
  assert.deepEqual(losses(samples), ['p99 at a fixed rate, ms (HAProxy mTLS)']);
  assert.deepEqual(losses(new Map([...samples].slice(0, 2))), []);
});

test('comparison() tells medians, shares of direct, and marks a loss', () => {
  const lines = comparison(samples).split('\n');
  const cells = (start: string) =>
    lines
      .find((line) => line.startsWith(`| ${start}`))
      ?.split('|')
      .slice(2, -1)
      .map((cell) => cell.trim());
  assert.deepEqual(cells('requests'), ['70,000', '20,000 (0.29)', '15,000 (0.21)', '1.25']);
  assert.deepEqual(cells('p99'), ['0.50', '3.00 (6.00)', '1.00 (2.00)', '**0.38**']);
  assert.deepEqual(cells('memory with all'), ['-', '40.0', '60.0', '1.50']);
  assert.equal(new Set(lines.map(({ length }) => length)).size, 1, 'columns are as wide in every line');
});

test('comparison() compares each build of HAProxy that was measured', () => {
  const fast: Sample[] = [sample({ requests: 40_000 }), sample({ requests: 10_000 })];
  const [head = '', , first = ''] = comparison(new Map([...samples, ['aws-lc', fast]])).split('\n');
  assert.match(head, /HAProxy on AWS-LC \|.*HAProxy : nginx \| +AWS-LC : nginx \|$/);
  assert.match(first, /\| +1\.25 \| +1\.50 \|$/);
});

test('costs() tells both hops of every path that has some', () => {
  const [head = '', , first = ''] = costs(samples).split('\n');
  assert.doesNotMatch(head, /direct/);
  assert.match(first, /18\.0 \+ 18\.0 \| +17\.5 \+ 17\.5/);
});
