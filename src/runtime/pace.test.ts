import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '../../test/gen/clock.js';
import { createPace, metered } from './pace.js';

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

async function* chunks(...sizes: number[]): AsyncGenerator<Uint8Array> {
  for (const size of sizes) yield new Uint8Array(size);
}

test('metered() counts bytes, and more where they take long', async () => {
  const clock = fakeClock();
  const pace = createPace({ burst: 1_000_000, everyMs: 1 }, clock);
  let seen = 0;
  for await (const chunk of metered(chunks(600_000, 300_000), { clock, pace })) seen += chunk.length;
  assert.equal(seen, 900_000);
  assert.equal(pace.wait(''), 0);
  for await (const _ of metered(chunks(10), { clock, pace })) await clock.advance(20);
  // 100,000 and 20 ms were left, and 2 MiB cost
  assert.equal(pace.wait(''), 20 * 100 * 1024 - 100_020 + 1);
});
