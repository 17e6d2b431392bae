import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '../../test/gen/clock.js';
import { createQueue } from './queue.js';

function queue() {
  const clock = fakeClock();
  return { clock, made: createQueue({ name: 'test', clock }) };
}

test('it knows whether something urgent is left, in line or at work', async () => {
  const { made } = queue();
  made.add('new', 'bulk');
  assert.equal(made.isUrgent, false);
  made.add('lost', 'urgent');
  assert.equal(made.isUrgent, true);
  assert.equal(await made.take(), 'lost');
  assert.equal(made.isUrgent, true);
  assert.equal(made.done('lost'), 'urgent');
  assert.equal(made.isUrgent, false);
  assert.equal(await made.take(), 'new');
  assert.equal(made.done('new'), 'bulk');
});

test('a key that is to come again later stays one of the bulk, and an urgent one is ordinary then', async () => {
  const { clock, made } = queue();
  made.add('new', 'bulk');
  made.add('lost', 'urgent');
  for (const key of [await made.take(), await made.take()]) {
    made.later(key ?? '', 100);
    made.done(key ?? '');
  }
  await clock.advance(100);
  made.add('changed');
  assert.deepEqual([await made.take(), await made.take(), await made.take()], ['lost', 'changed', 'new']);
});

test('a key in line becomes as urgent as what is to come later', async () => {
  const { made } = queue();
  made.add('a', 'bulk');
  made.add('b');
  made.addAfter('a', 2_000, 'urgent');
  assert.equal(await made.take(), 'a');
});
