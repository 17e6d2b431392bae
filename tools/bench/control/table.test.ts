import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Figures, ImportFigures } from './figures.js';
import { controlPlanOf } from './options.js';
import { rowsOf } from './rows.js';
import { controlTable } from './table.js';

const anImport = (more: Partial<ImportFigures> = {}): ImportFigures => ({
  ...{
    elapsed: 1_000,
    requests: { 'create services': 10 },
    apiCpu: 0.1,
    cpu: 0.1,
    memory: 100,
    reconciles: 0,
  },
  ...more,
});
const plan = controlPlanOf(['--services', '10', '--changes', '2', '--links', '5']);
/** The cells of a row: the bare client's, the operator's, their ratio and the goal. */
const row = (figures: { bare?: Figures; ours?: Figures }, title: string) =>
  controlTable(plan, { bare: {}, ours: {}, ...figures })
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .find((cells) => cells[1] === title)
    ?.slice(2, 6);

test('controlTable() shows both, the ratio, and a ratio above its goal in bold', () => {
  const figures = { bare: { import: anImport() }, ours: { import: anImport({ elapsed: 5_000 }) } };
  assert.deepEqual(row(figures, 'import, s'), ['1', '5', '**5**', '<= 1.3 times']);
  const good = { ...figures, ours: { import: anImport({ elapsed: 1_303 }) } };
  assert.deepEqual(row(good, 'import, s'), ['1', '1.30', '1.30', '<= 1.3 times']);
});

test('controlTable() shows a value above its goal in bold, with or without another beside it', () => {
  const requests = { 'create services': 30, 'create endpointslices 409': 5, 'get services': 1 };
  const figures = { bare: { import: anImport() }, ours: { import: anImport({ requests }) } };
  assert.deepEqual(row(figures, 'import: requests per mirror'), ['1', '**3.60**', '3.60', '<= 3.1']);
  assert.deepEqual(row(figures, 'import: refused by 409'), ['0', '**5**', '-', '0']);
  assert.deepEqual(row({ ours: figures.ours }, 'import: refused by 409'), ['-', '**5**', '-', '0']);
});

test('controlTable() leaves out what was not measured', () => {
  const table = controlTable(plan, { bare: {}, ours: { import: anImport() } });
  assert.match(table, /import, s/);
  assert.doesNotMatch(table, /gateway lost|reconciles|NaN/);
});

test('rowsOf() counts writes of slices apart from the others, and reads from nothing', () => {
  const requests = {
    ...{ 'patch endpointslices': 10, 'patch endpointslices 409': 2, 'patch servicemirrors/status': 10 },
    ...{ 'get endpointslices': 3 },
  };
  const ours = { lost: { elapsed: 1_000, requests } };
  assert.equal(row({ ours }, 'gateway lost: writes of slices per slice')?.[1], '1.20');
  assert.equal(row({ ours }, 'gateway lost: all writes per slice')?.[1], '2.20');
});

test('rowsOf() compares many Links with one, and later memory with earlier', () => {
  const ours: Figures = {
    import: anImport(),
    links: anImport({ elapsed: 1_200, memory: 140 }),
    memory: { empty: 70, relists: [100, 100, 120] },
  };
  assert.equal(row({ ours }, '5 Links: import, beside one Link')?.[1], '1.20');
  assert.equal(row({ ours }, '5 Links: memory, beside one Link')?.[1], '**1.40**');
  assert.equal(row({ ours }, 'memory: last of these lists, beside the middle one')?.[1], '**1.20**');
});

test('rowsOf() has no two rows of one title', () => {
  const titles = rowsOf(plan).map(({ title }) => title);
  assert.deepEqual(titles, [...new Set(titles)]);
});
