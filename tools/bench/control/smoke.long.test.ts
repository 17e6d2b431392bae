import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { run } from '../../clusters/exec.js';
import { controlPlanOf } from './options.js';
import { rowsOf } from './rows.js';

const few = { services: 12, changes: 20, rate: 10, idle: 1, relists: 2, links: 3, unrelated: 4 };

test('every scenario of the benchmark runs, and every row has a figure', async () => {
  const flags = Object.entries(few).map(([name, value]) => `--${name}=${value}`);
  const main = fileURLToPath(new URL('main.js', import.meta.url));
  const printed = await run([process.execPath, main, ...flags]);
  const rows = rowsOf(controlPlanOf(flags)).map(({ title }) => title);
  const figures = new Map(
    printed
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .map((line) => line.split('|').map((cell) => cell.trim()))
      .map(([, title = '', , own = '-']) => [title, own]),
  );
  assert.deepEqual(
    rows.filter((title) => (figures.get(title) ?? '-') === '-'),
    [],
  );
});
