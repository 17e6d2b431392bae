import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../clusters/paths.js';
import { costs } from './costs.js';
import { kneeOf } from './knee.js';
import { simulationPlanOf } from './options.js';
import { usesOf } from './resources.js';
import { kindsOf } from './situation.js';
import { clusterTable, kneeText, roomTable, shown, wholeTable, type Row } from './table.js';

const plan = simulationPlanOf(['--topology', 'hub']);
const rows: Row[] = kindsOf({ clusters: 50, services: 1_000 }, plan).map((kind) => {
  return { clusters: 50, services: 1_000, kind, uses: usesOf(kind.situation, costs) };
});
const cellsOf = (line = '') => line.split('|').map((cell) => cell.trim());

test('clusterTable() has a row for each kind, and what is past its bound in bold', () => {
  const [, , hub, spoke] = clusterTable(rows, costs).split('\n').map(cellsOf);
  assert.deepEqual(hub?.slice(1, 4), ['50 x 1,000, the hub', '**50,000**', '**49,000**']);
  assert.match(hub?.at(-2) ?? '', /^Services of a cluster, with mirrors: 5.00 times; \d more$/);
  assert.deepEqual(spoke?.slice(1, 4), ['50 x 1,000, each spoke', '2,000', '1,000']);
});

test('wholeTable() adds up all clusters', () => {
  const [, , all] = wholeTable(rows, costs).split('\n').map(cellsOf);
  // 49 x 1,000 in the hub and 1,000 in each of 49 spokes; 44 watches for each cluster, and 4 for each Link
  assert.deepEqual(all?.slice(1, 4), ['50 x 1,000', '98,000', (50 * 44 + 98 * 4).toLocaleString('en-US')]);
});

test('kneeText() names the resource, its bound and what to do', () => {
  const [big, small] = [1_000, 1].map((services) => kneeOf(services, { most: 20, settings: plan, costs }));
  const text = kneeText([big!, small!], { most: 20, settings: plan });
  assert.match(text, /^- \*\*1,000 services: the knee is at 11 clusters\.\*\*$/m);
  assert.match(
    text,
    /Services of a cluster, with mirrors: 11,000, bound 10,000 .* Do: mirror only what is called/,
  );
  assert.match(text, /^- \*\*1 service:\*\* no bound is passed with up to 20 clusters\.$/m);
});

test('roomTable() shows what fits never, so far, and always', () => {
  const knees = [1_000, 10_000].map((services) => kneeOf(services, { most: 20, settings: plan, costs }));
  const lines = roomTable(knees, 20).split('\n').map(cellsOf);
  const of = (title: string) => lines.find(([, first]) => first === title)?.slice(2, 4);
  assert.deepEqual(of('Services of a cluster, with mirrors'), ['10', '-']);
  assert.deepEqual(of('egress ports of one Link'), ['>= 20', '-']);
});

test('shown() counts bytes in MiB, and shows three digits', () => {
  assert.equal(shown(1.5 * 2 ** 20, 'MiB'), '1.50');
  assert.equal(shown(12_345, 'count'), '12,345');
  assert.equal(shown(0.1234, 'CPUs'), '0.12');
});

test('docs/performance.md shows what is computed with the defaults', () => {
  const page = readFileSync(join(root, 'docs/performance.md'), 'utf8');
  const section = page.slice(page.indexOf('## Scale on paper'));
  const shownRows = [...section.matchAll(/^\| (\S+) x (\S+) .*$/gm)].filter(
    ([, first]) => first !== 'clusters',
  );
  const number = (text = '') => Number(text.replaceAll(',', ''));
  const settings = simulationPlanOf([]);
  assert.equal(shownRows.length, 6);
  for (const [line, clusters, services] of shownRows) {
    const size = { clusters: number(clusters), services: number(services) };
    const [kind] = kindsOf(size, settings);
    const computed = { ...size, kind: kind!, uses: usesOf(kind!.situation, costs) };
    const cells = cellsOf(clusterTable([computed], costs).split('\n')[2]).map((cell) =>
      cell.replaceAll('*', ''),
    );
    const [, , inServices, , , requests, , memory] = cells;
    assert.deepEqual(cellsOf(line).slice(2, 5), [inServices, requests, memory]);
  }
  const knees = [100, 1_000, 10_000].map((each) => kneeOf(each, { most: 200, settings, costs }).clusters);
  assert.ok(
    section.includes(
      `The knee is at ${knees[0]} clusters of 100 services, at ${knees[1]} of 1,000, and at ${knees[2]} of 10,000.`,
    ),
    knees.join(),
  );
});
