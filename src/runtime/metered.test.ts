import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '../../test/gen/clock.js';
import { metered } from './metered.js';
import { createPace } from './pace.js';

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
