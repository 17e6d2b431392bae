import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Figures } from './run.js';
import { controlTable } from './table.js';

const figures = (more: Partial<Figures> = {}): Figures => ({
  ...{ import: 1_000, writes: { 'create services': 10 }, apiCpu: 0.1, cpu: 0.1, memory: 100 },
  ...{ change: [10, 10], changeDuringImport: [10], lost: 1_000, back: 1_000, ...more },
});
const plan = { services: 10, changes: 2, rate: 50 };
const row = (table: string, title: string) => table.split('\n').find((line) => line.includes(title)) ?? '';

test('controlTable() shows both, the ratio, and a goal that is missed in bold', () => {
  const table = controlTable(plan, { bare: figures(), ours: figures({ import: 5_000, lost: 1_200 }) });
  assert.match(row(table, 'import, s'), /1\.00 \|\s+5\.00 \| \*\*5\.00\*\* \| <= 1\.3/);
  assert.match(row(table, 'gateway lost'), /1\.00 \|\s+1\.20 \|\s+1\.20 \|/);
});

test('controlTable() counts refused writes with the others and for themselves', () => {
  const writes = { 'create services': 10, 'create endpointslices 409': 5 };
  const table = controlTable(plan, { bare: figures(), ours: figures({ writes, restartWrites: 3 }) });
  assert.match(row(table, 'writes per mirror'), /1\.00 \|\s+1\.50/);
  assert.match(row(table, 'refused by 409'), /0\.00 \|\s+5\.00/);
  assert.match(row(table, 'after a restart'), /- \|\s+3\.00/);
});
