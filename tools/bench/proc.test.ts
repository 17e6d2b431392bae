import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCpus, readPss, readStat, sharesOf, treeOf } from './proc.js';

test('readStat() counts user and system time, whatever the process is called', () => {
  const rest = 'S 7 1 1 0 -1 4194560 1 2 3 4 250 50 9000 9000 20 0 1 0 100 1000 10';
  for (const name of ['haproxy', 'a b', 'x) S 1 (y', ''])
    assert.deepEqual(readStat(`42 (${name}) ${rest}\n`), { pid: 42, parent: 7, cpu: 3 });
});

test('treeOf() finds a process and all below it, and nobody else', () => {
  const stat = (pid: number, parent: number) => ({ pid, parent, cpu: 0 });
  const all = [stat(5, 3), stat(1, 0), stat(3, 2), stat(2, 1), stat(4, 1), stat(6, 2)];
  assert.deepEqual(
    treeOf(all, 2).map(({ pid }) => pid),
    [2, 3, 6, 5],
  );
  assert.deepEqual(treeOf(all, 9), []);
});

test('readPss() reads bytes, of the sum and not of one of its parts', () => {
  const text = '5581-7ffe ---p 0 00:00 0 [rollup]\nRss:   900 kB\nPss:   512 kB\nPss_Dirty:  100 kB\n';
  assert.equal(readPss(text), 512 * 1_024);
  assert.equal(readPss(''), 0, 'a process that has just ended');
});

test('readCpus() reads single ones and ranges', () => {
  assert.deepEqual(readCpus('\t0-2,5\n'), [0, 1, 2, 5]);
  assert.deepEqual(readCpus('3'), [3]);
});

test('sharesOf() keeps the load away from the gateways where it can', () => {
  assert.deepEqual(sharesOf([2, 3, 7]), { load: '2', gateways: '3,7' });
  assert.deepEqual(sharesOf([4]), { load: '4', gateways: '4' });
});
