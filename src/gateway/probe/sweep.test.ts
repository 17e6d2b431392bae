import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '../../../test/clock.js';
import { maxEndpoints as usedByHaproxy } from '../haproxy/render/slots.js';
import { atOnce, maxEndpoints, shown, sweep, type Sweep } from './sweep.js';

const never = new AbortController().signal;
const ipsOf = (count: number) => Array.from({ length: count }, (_, n) => `10.0.${n >> 8}.${n & 255}`);

/** Sweeps over the IPs of one name. */
function sweeping(count: number, probe: Sweep<string>['probe']) {
  const clock = fakeClock();
  const swept = sweep(
    { clock, probe, resolver: { resolve: async () => ipsOf(count) } },
    { addresses: [{ host: 'gw.example', port: 4143 }], timeout: 2_000 },
    never,
  );
  return { clock, swept };
}

test('sweep() asks no more endpoints than HAProxy uses, the first ones, and says so', async () => {
  assert.equal(maxEndpoints, usedByHaproxy);
  const { swept } = sweeping(1_000, async () => ({ ok: true, answer: 'hi' }));
  const { endpoints, unresolved } = await swept;
  assert.deepEqual(
    endpoints.map(({ ip }) => ip),
    ipsOf(maxEndpoints),
  );
  assert.deepEqual(
    unresolved.map(({ message }) => message),
    ['of 1000 addresses the first 64 are asked'],
  );
});

test('sweep() asks a few endpoints at a time, each of which has the whole timeout', async () => {
  let [now, most] = [0, 0];
  const { clock, swept } = sweeping(maxEndpoints, async ({ ip }) => {
    most = Math.max(most, ++now);
    // those that come last are the ones that answer
    if (Number(ip.split('.')[3]) < maxEndpoints - atOnce) await clock.sleep(1_999, never);
    now--;
    return { ok: true, answer: ip };
  });
  await clock.advance(8_000);
  const { endpoints } = await swept;
  assert.equal(most, atOnce);
  assert.deepEqual(
    endpoints.map(({ ip, result }) => result.ok && result.answer === ip),
    endpoints.map(() => true),
  );
});

test('sweep() gives up each endpoint that does not answer in time, and asks those after it', async () => {
  const { clock, swept } = sweeping(atOnce + 1, ({ ip }) =>
    ip === `10.0.0.${atOnce}` ? Promise.resolve({ ok: true, answer: ip }) : new Promise(() => {}),
  );
  await clock.advance(2_000);
  const { endpoints } = await swept;
  assert.deepEqual(
    endpoints.map(({ result }) => result.ok),
    [...Array.from({ length: atOnce }, () => false), true],
  );
  assert.equal(clock.timers, 0);
});

test('shown() writes an IPv6 address as URLs do', () => {
  assert.equal(shown('2001:db8::1', 4143), '[2001:db8::1]:4143');
  assert.equal(shown('gw.example', 4143), 'gw.example:4143');
});
