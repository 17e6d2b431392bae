import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '../../../test/gen/clock.js';
import { whenQuiet } from './quiet.js';

/** Waits on a gateway with that many connections, as the test changes them. */
function waiting(limit: number) {
  const clock = fakeClock();
  const gateway = { connections: 5 };
  const result: { outcome?: string } = {};
  void whenQuiet(() => gateway.connections, limit, clock).then((outcome) => (result.outcome = outcome));
  return { clock, gateway, result };
}

test('whenQuiet() ends when nobody has come for three seconds, however many stay or leave', async () => {
  const { clock, gateway, result } = waiting(20_000);
  await clock.advance(1_000);
  gateway.connections = 3;
  await clock.advance(1_900);
  assert.equal(result.outcome, undefined);
  await clock.advance(200);
  assert.equal(result.outcome, 'quiet');
});

test('whenQuiet() waits on while connections come', async () => {
  const { clock, gateway, result } = waiting(20_000);
  for (let i = 0; i < 4; i++) {
    await clock.advance(2_000);
    gateway.connections++;
  }
  assert.equal(result.outcome, undefined);
  await clock.advance(3_200);
  assert.equal(result.outcome, 'quiet');
});

test('whenQuiet() gives up at its limit', async () => {
  const { clock, gateway, result } = waiting(5_000);
  for (let i = 0; i < 5; i++) {
    await clock.advance(1_000);
    gateway.connections++;
  }
  await clock.advance(100);
  assert.equal(result.outcome, 'late');
});
