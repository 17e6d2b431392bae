import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '../../test/clock.js';
import { DeadlineExceeded, startDeadline } from './deadline.js';

test('a deadline aborts when its time is over', async () => {
  const clock = fakeClock();
  const deadline = startDeadline(clock, 100);
  await clock.advance(60);
  assert.equal(deadline.remaining(), 40);
  assert.equal(deadline.signal.aborted, false);
  await clock.advance(40);
  assert.ok(deadline.signal.reason instanceof DeadlineExceeded);
});

test('a deadline aborts with the reason of the outer signal, also one that has aborted before', () => {
  const outer = new AbortController();
  const deadline = startDeadline(fakeClock(), 100, outer.signal);
  outer.abort('enough');
  assert.equal(deadline.signal.reason, 'enough');
  assert.equal(startDeadline(fakeClock(), 100, outer.signal).signal.reason, 'enough');
});

test('done() leaves no timer and no listener', () => {
  const clock = fakeClock();
  const outer = new AbortController();
  const deadline = startDeadline(clock, 100, outer.signal);
  deadline.done();
  assert.equal(clock.timers, 0);
  outer.abort();
  assert.equal(deadline.signal.aborted, false);
});
