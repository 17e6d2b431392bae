import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSerial, createSerials } from './serial.js';

test('work is done one after the other, whatever takes longer', async () => {
  const inTurn = createSerial();
  const log: string[] = [];
  const work = (name: string, steps: number) =>
    inTurn(async () => {
      log.push(`${name} begins`);
      for (let step = 0; step < steps; step++) await Promise.resolve();
      log.push(`${name} ends`);
      return name;
    });
  assert.deepEqual(await Promise.all([work('a', 5), work('b', 1)]), ['a', 'b']);
  assert.deepEqual(log, ['a begins', 'a ends', 'b begins', 'b ends']);
});

test('work that fails fails alone', async () => {
  const inTurn = createSerial();
  const failing = inTurn(() => Promise.reject(new Error('bad')));
  const next = inTurn(async () => 'good');
  await assert.rejects(failing, { message: 'bad' });
  assert.equal(await next, 'good');
});

test('work of one key waits for the work of that key alone, and fails alone', async () => {
  const inTurn = createSerials();
  const log: string[] = [];
  const open = Promise.withResolvers<void>();
  const work = (key: string, name: string, until = Promise.resolve()) =>
    inTurn(key, async () => {
      log.push(name);
      await until;
    });
  const first = work('a', 'a1', open.promise);
  const second = work('a', 'a2');
  await work('b', 'b1');
  assert.deepEqual(log, ['a1', 'b1']);
  open.reject(new Error('bad'));
  await assert.rejects(first, { message: 'bad' });
  await second;
  await work('a', 'a3');
  assert.deepEqual(log, ['a1', 'b1', 'a2', 'a3']);
});
