import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '../../../test/gen/clock.js';
import { maxSlots as usedByHaproxy } from '../../gateway/haproxy/render/slots.js';
import { atOnce, maxProbedEndpoints, sweep, type Sweep } from './sweep.js';

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
  assert.equal(maxProbedEndpoints, usedByHaproxy);
  const { swept } = sweeping(1_000, async () => ({ ok: true, answer: 'hi' }));
  const { endpoints, unresolved } = await swept;
  assert.deepEqual(
    endpoints.map(({ ip }) => ip),
    ipsOf(maxProbedEndpoints),
  );
  assert.deepEqual(
    unresolved.map(({ message }) => message),
    ['of 1000 addresses the first 64 are asked'],
  );
});

test('sweep() asks nobody at an address that a peer published and that leads to this host', async () => {
  const asked: string[] = [];
  const names: Record<string, string[]> = { 'gw.example': ['192.0.2.1'], 'home.example': ['127.0.0.1'] };
  const options: Sweep<string> = {
    clock: fakeClock(),
    resolver: { resolve: async (host) => names[host] ?? [host] },
    probe: async ({ ip }) => (asked.push(ip), { ok: true, answer: 'hi' }),
  };
  const addresses = ['gw.example', 'home.example', '169.254.169.254'].map((host) => ({ host, port: 4143 }));
  const { unresolved } = await sweep(options, { addresses, published: true, timeout: 2_000 }, never);
  assert.deepEqual(asked, ['192.0.2.1']);
  assert.deepEqual(
    unresolved.map(({ reason, message }) => [reason, message.split(',')[0]]),
    [
      ['Unresolved', 'home.example leads to 127.0.0.1'],
      ['Unresolved', '169.254.169.254 is not dialled'],
    ],
  );
  await sweep(options, { addresses, timeout: 2_000 }, never);
  assert.deepEqual(asked.slice(1), ['192.0.2.1', '127.0.0.1', '169.254.169.254']);
});

test('sweep() asks a few endpoints at a time, each of which has the whole timeout', async () => {
  let [now, most] = [0, 0];
  const { clock, swept } = sweeping(maxProbedEndpoints, async ({ ip }) => {
    most = Math.max(most, ++now);
    // those that come last are the ones that answer
    if (Number(ip.split('.')[3]) < maxProbedEndpoints - atOnce) await clock.sleep(1_999, never);
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
