import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '../../test/gen/clock.js';
import { systemClock, microTime } from './clock.js';

test('systemClock measures, calls and cancels', async () => {
  const started = systemClock.monotonic();
  let cancelled = false;
  systemClock.after(1, () => (cancelled = true))();
  await new Promise<void>((resolve) => systemClock.after(5, resolve));
  assert.ok(systemClock.monotonic() - started >= 4);
  assert.equal(cancelled, false);
  assert.ok(Math.abs(systemClock.now() - Date.now()) < 1_000);
});

test('sleep() ends at its time, or at once when the signal aborts, and leaves nothing behind', async () => {
  const clock = fakeClock();
  const woken: string[] = [];
  const stop = new AbortController();
  void clock.sleep(100).then(() => woken.push('time'));
  void clock.sleep(1_000, stop.signal).then(() => woken.push('signal'));
  await clock.advance(100);
  assert.deepEqual(woken, ['time']);
  stop.abort();
  await clock.advance(0);
  assert.deepEqual(woken, ['time', 'signal']);
  assert.equal(clock.timers, 0);
  await clock.sleep(1_000, stop.signal);
});

test('a time longer than any timer is waited for, and does not end at once', async () => {
  const fired: string[] = [];
  const cancel = [2 ** 31, 99_999_999_000, Infinity].map((ms) =>
    systemClock.after(ms, () => fired.push(`after ${ms}`)),
  );
  await new Promise<void>((resolve) => systemClock.after(10, resolve));
  for (const each of cancel) each();
  assert.deepEqual(fired, []);
});

test('microTime() writes six decimals', () => {
  assert.equal(microTime(Date.UTC(2026, 1, 3, 4, 5, 6, 7)), '2026-02-03T04:05:06.007000Z');
});
