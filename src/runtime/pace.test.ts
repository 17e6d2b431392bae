import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '../../test/gen/clock.js';
import { createPace } from './pace.js';

test('a key may go on as often as the burst says, then once in each interval', async () => {
  const clock = fakeClock();
  const pace = createPace({ burst: 3, everyMs: 1_000 }, clock);
  for (let i = 0; i < 3; i++) {
    assert.equal(pace.wait('a'), 0);
    pace.spend('a');
  }
  assert.equal(pace.wait('a'), 1_000);
  assert.equal(pace.wait('b'), 0, 'others are not affected');
  await clock.advance(400);
  assert.equal(pace.wait('a'), 600);
  await clock.advance(600);
  assert.equal(pace.wait('a'), 0);
});

test('what is spent beyond the bucket has to be earned first', async () => {
  const clock = fakeClock();
  const pace = createPace({ burst: 10, everyMs: 100 }, clock);
  pace.spend('a', 30);
  assert.equal(pace.wait('a'), 2_100);
});

test('keys are forgotten once their buckets are full again', async () => {
  const clock = fakeClock();
  const pace = createPace({ burst: 3, everyMs: 1_000 }, clock);
  for (let i = 0; i < 100; i++) pace.spend(`k${i}`);
  assert.equal(pace.size, 100);
  await clock.advance(1_000);
  pace.spend('a');
  assert.equal(pace.size, 1);
});
