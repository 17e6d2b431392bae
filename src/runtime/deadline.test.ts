import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '../../test/gen/clock.js';
import { DeadlineExceeded, startDeadline, waitAtMost, orAborted } from './deadline.js';
import { getEventListeners } from 'node:events';

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

test('a deadline aborts with the error that it was given', async () => {
  const clock = fakeClock();
  const late = new Error('late');
  const { signal } = startDeadline(clock, 100, undefined, late);
  await clock.advance(100);
  assert.equal(signal.reason, late);
});

test('waitAtMost() ends with the work or the time, and leaves no timer', async () => {
  const clock = fakeClock();
  await waitAtMost(clock, 100, Promise.resolve());
  await assert.rejects(waitAtMost(clock, 100, Promise.reject(new Error('bad'))), /bad/);
  assert.equal(clock.timers, 0);
  const waiting = waitAtMost(clock, 100, new Promise(() => undefined));
  await clock.advance(100);
  await waiting;
  assert.equal(clock.timers, 0);
});

test('orAborted() gives what the promise gives, and leaves no listener', async () => {
  const { signal } = new AbortController();
  assert.equal(await orAborted(Promise.resolve(1), signal), 1);
  assert.equal(await orAborted(Promise.resolve(2), undefined), 2);
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});

test('orAborted() rejects with the reason, before or while it waits', async () => {
  const stop = new AbortController();
  const waiting = orAborted(new Promise(() => undefined), stop.signal);
  stop.abort(new Error('enough'));
  await assert.rejects(waiting, /enough/);
  await assert.rejects(orAborted(Promise.resolve(), stop.signal), /enough/);
});
