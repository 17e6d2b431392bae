import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '../../test/gen/clock.js';
import { createHold } from './hold.js';

function start() {
  const clock = fakeClock();
  const hold = createHold(clock);
  const told: number[] = [];
  hold.whenOver(() => told.push(clock.monotonic()));
  return { clock, hold, told };
}

test('a hold lasts as long as it was asked for, and tells when it is over', async () => {
  const { clock, hold, told } = start();
  assert.equal(hold.isOn, false);
  assert.equal(hold.begin(1_000), true);
  await clock.advance(999);
  assert.equal(hold.isOn, true);
  await clock.advance(1);
  assert.deepEqual([hold.isOn, told], [false, [1_000]]);
});

test('of several ends the latest counts', async () => {
  const { clock, hold, told } = start();
  hold.begin(1_000);
  assert.equal(hold.begin(5_000), false);
  assert.equal(hold.begin(2_000), false);
  await clock.advance(10_000);
  assert.deepEqual(told, [5_000]);
});

test('a hold that is stopped is off, and leaves no timer', async () => {
  const { clock, hold, told } = start();
  hold.begin(1_000);
  hold.stop();
  assert.deepEqual([hold.isOn, clock.timers], [false, 0]);
  await clock.advance(1_000);
  assert.deepEqual(told, []);
});
