import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '../../test/gen/clock.js';
import { createLiveness, stuckAfter } from './liveness.js';

test('a process is alive while its work ends in time or goes on', async () => {
  const clock = fakeClock();
  const liveness = createLiveness(clock);
  const ended = liveness.begin('one thing');
  const long = liveness.begin('another');
  for (let i = 0; i < 3; i++) {
    await clock.advance(stuckAfter);
    assert.deepEqual(liveness.problems(), []);
    ended.ended();
    long.goesOn();
  }
});

test('work that gives no sign for longer than anything may take is told, each kind in a line', async () => {
  const clock = fakeClock();
  const liveness = createLiveness(clock);
  liveness.begin('reconciling services');
  await clock.advance(60_000);
  liveness.begin('reconciling services');
  const other = liveness.begin('following links');
  await clock.advance(stuckAfter - 1);
  assert.deepEqual(liveness.problems(), ['reconciling services has stood still for 21 minutes']);
  other.ended();
});
