import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '../../../test/gen/clock.js';
import { attemptRates, createAttempts, mostSources } from './attempts.js';

const { ofSource, all } = attemptRates;
const times = (count: number, ask: () => boolean) =>
  Array.from({ length: count }, ask).filter(Boolean).length;

test('a source has its burst, and then one request from time to time', async () => {
  const clock = fakeClock();
  const mayAsk = createAttempts(clock);
  assert.equal(
    times(ofSource.burst + 5, () => mayAsk('a')),
    ofSource.burst,
  );
  await clock.advance(ofSource.everyMs - 1);
  assert.equal(mayAsk('a'), false);
  await clock.advance(1);
  assert.equal(
    times(3, () => mayAsk('a')),
    1,
  );
});

test('a source that asks without end leaves others what they have', () => {
  const mayAsk = createAttempts(fakeClock());
  times(10_000, () => mayAsk('a'));
  assert.equal(
    times(40, () => mayAsk('b')),
    ofSource.burst,
  );
});

test('all sources together have a rate, too', async () => {
  const clock = fakeClock();
  const mayAsk = createAttempts(clock);
  let next = 0;
  assert.equal(
    times(1_000, () => mayAsk(`source ${next++}`)),
    all.burst,
  );
  await clock.advance(all.everyMs);
  assert.equal(
    times(10, () => mayAsk(`source ${next++}`)),
    1,
  );
});

test('a bounded number of sources is remembered', async () => {
  const clock = fakeClock();
  const mayAsk = createAttempts(clock);
  times(ofSource.burst + 1, () => mayAsk('a'));
  for (let at = 0; at < mostSources; at += 1) mayAsk(`source ${at}`);
  await clock.advance(all.everyMs * all.burst);
  // it was forgotten, and begins anew
  assert.equal(
    times(40, () => mayAsk('a')),
    ofSource.burst,
  );
});
