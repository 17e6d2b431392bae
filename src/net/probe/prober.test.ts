import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { fakeClock } from '../../../test/gen/clock.js';
import { UnresolvedError } from '../resolve.js';
import type { Address } from '../address.js';
import { failed, ProbeTimeoutError, type ProbeFailure } from './failure.js';
import { createProber, type ProberOptions, type Round, next, unknownHealth } from './prober.js';
import type { ProbeSpec } from './spec.js';

type Result = { readonly ok: true; readonly answer: string } | ProbeFailure;
const yes: Result = { ok: true, answer: 'hi' };
const no: Result = failed('203.0.113.7:4143 refused');

const paris: Address = { host: '203.0.113.7', port: 4143 };
const gw: Address = { host: 'gw.example', port: 4143 };

interface ProbingOptions extends Partial<Omit<ProberOptions<string>, 'addresses' | 'spec'>> {
  readonly addresses?: readonly Address[];
  readonly thresholds?: Partial<ProbeSpec>;
}

/** A running prober whose more the test changes as it goes. */
function probing(t: TestContext, { addresses = [paris], thresholds = {}, ...more }: ProbingOptions = {}) {
  const clock = fakeClock();
  const stop = new AbortController();
  const rounds: Round<string>[] = [];
  const probed: { ip: string; port: number; at: number }[] = [];
  const answers = new Map<string, Result>();
  const state = { addresses, names: new Map<string, readonly string[]>() };
  const prober = createProber<string>({
    ...{ clock, random: () => 0, onRound: (round) => rounds.push(round) },
    spec: () => ({ period: 3_000, timeout: 2_000, failureThreshold: 3, successThreshold: 1, ...thresholds }),
    addresses: () => state.addresses,
    resolver: {
      async resolve(host) {
        const ips = state.names.get(host) ?? (/^[\d.]+$/.test(host) ? [host] : undefined);
        if (ips === undefined) throw new UnresolvedError(`no address found for ${host}`);
        return ips;
      },
    },
    async probe(target) {
      probed.push({ ...target, at: clock.monotonic() });
      return answers.get(target.ip) ?? yes;
    },
    ...more,
  });
  const done = prober.run(stop.signal);
  t.after(async () => {
    stop.abort();
    await done;
  });
  return { clock, rounds, probed, answers, state, prober, stop, done, last: () => rounds.at(-1) };
}

test('a prober asks at once, and then every period', async (t) => {
  const { clock, probed, rounds } = probing(t);
  await clock.advance(9_000);
  assert.deepEqual(
    probed.map(({ at }) => at),
    [0, 3_000, 6_000, 9_000],
  );
  assert.equal(rounds.length, 4);
});

test('a prober asks up to a tenth of the period earlier, so that gateways do not ask in step', async (t) => {
  const { clock, probed } = probing(t, { random: () => 0.5 });
  await clock.advance(6_300);
  assert.deepEqual(
    probed.map(({ at }) => at),
    [0, 2_850, 5_700],
  );
});

test('a prober turns down after the threshold, and up again, and says why', async (t) => {
  const { clock, rounds, answers } = probing(t);
  await clock.advance(0);
  answers.set('203.0.113.7', no);
  await clock.advance(9_000);
  answers.delete('203.0.113.7');
  await clock.advance(3_000);
  assert.deepEqual(
    rounds.map(({ healthy, reason, message }) => [healthy, reason, message]),
    [
      [true, 'Healthy', ''],
      [true, 'Healthy', '203.0.113.7:4143 refused'],
      [true, 'Healthy', '203.0.113.7:4143 refused'],
      [false, 'ProbeFailed', '203.0.113.7:4143 refused'],
      [true, 'Healthy', ''],
    ],
  );
});

test('a prober that wants several answers says how far it is', async (t) => {
  const { clock, last } = probing(t, { thresholds: { successThreshold: 3 } });
  await clock.advance(3_000);
  assert.deepEqual([last()?.healthy, last()?.message], [false, 'answers again, 2 of 3 times']);
  await clock.advance(3_000);
  assert.equal(last()?.healthy, true);
});

test('a gateway is healthy while one of its addresses answers; each has its own health', async (t) => {
  const { clock, answers, last } = probing(t, {
    addresses: [
      { host: '203.0.113.7', port: 4143 },
      { host: '203.0.113.8', port: 4143 },
    ],
  });
  await clock.advance(0);
  answers.set('203.0.113.7', no);
  await clock.advance(9_000);
  assert.deepEqual([last()?.healthy, last()?.message], [true, '203.0.113.7:4143 refused']);
  assert.deepEqual(
    last()?.endpoints.map(({ ip, healthy }) => [ip, healthy]),
    [
      ['203.0.113.7', false],
      ['203.0.113.8', true],
    ],
  );
});

test('a prober resolves names anew for each round, and asks every address of a name once', async (t) => {
  const { clock, state, last } = probing(t, { addresses: [gw, { host: '203.0.113.8', port: 4143 }] });
  state.names.set('gw.example', ['203.0.113.8', '2001:db8::1']);
  const ips = () => last()?.endpoints.map(({ ip }) => ip);
  await clock.advance(3_000);
  assert.deepEqual(ips(), ['203.0.113.8', '2001:db8::1']);
  state.names.set('gw.example', ['203.0.113.9']);
  await clock.advance(3_000);
  assert.deepEqual(ips(), ['203.0.113.9', '203.0.113.8']);
});

test('a gateway without addresses, and one whose names are unknown, is unresolved', async (t) => {
  const { clock, state, last } = probing(t, { addresses: [] });
  await clock.advance(0);
  assert.deepEqual([last()?.reason, last()?.message], ['Unresolved', 'no address of the gateway is known']);
  state.addresses = [gw];
  await clock.advance(3_000);
  assert.deepEqual([last()?.reason, last()?.message], ['Unresolved', 'no address found for gw.example']);
});

test('a name that is not resolved in time holds up no other address', async (t) => {
  const { clock, last } = probing(t, {
    addresses: [
      { host: 'slow.example', port: 4143 },
      { host: '203.0.113.8', port: 4143 },
    ],
    resolver: {
      resolve: (host) => (host === 'slow.example' ? new Promise<never>(() => {}) : Promise.resolve([host])),
    },
  });
  await clock.advance(5_000);
  assert.deepEqual(
    [last()?.healthy, last()?.message],
    [true, 'the name slow.example was not resolved in time'],
  );
});

test('a probe that takes longer than the timeout is given up, even one that does not listen to its signal', async (t) => {
  let reason: unknown;
  const { clock, last } = probing(t, {
    probe: (_target, signal) =>
      new Promise(() => {
        signal.addEventListener('abort', () => void (reason = signal.reason));
      }),
  });
  await clock.advance(2_000);
  assert.ok(reason instanceof ProbeTimeoutError);
  assert.match(last()!.message, /203\.0\.113\.7:4143 does not answer within 2 s/);
});

test('a prober that is poked does not wait for the period, also when it is poked in the middle of a round', async (t) => {
  const { clock, rounds, prober } = probing(t);
  await clock.advance(100);
  prober.poke();
  await clock.advance(0);
  assert.equal(rounds.length, 2);
  await clock.advance(2_999);
  assert.equal(rounds.length, 2);
});

test('a message names three addresses and counts the others', async (t) => {
  const { clock, last } = probing(t, {
    addresses: [1, 2, 3, 4, 5].map((n) => ({ host: `203.0.113.${n}`, port: 4143 })),
    probe: async ({ ip }) => failed(`${ip} refused`),
  });
  await clock.advance(3_000);
  assert.equal(last()?.message, '203.0.113.1 refused; 203.0.113.2 refused; 203.0.113.3 refused; and 2 more');
});

test('a prober that is stopped in the middle of a round tells nothing more, and leaves no timer', async (t) => {
  const { clock, rounds, stop, done } = probing(t, { probe: () => new Promise(() => {}) });
  await clock.advance(500);
  stop.abort();
  await done;
  assert.deepEqual([rounds.length, clock.timers], [0, 0]);
});

/** Results as `+` and `-`, and what health says after each, as `u` (up) and `d` (down). */
const cases: Readonly<
  Record<string, readonly [failures: number, successes: number, results: string, health: string]>
> = {
  'the first answer counts when one is enough': [3, 1, '+', 'u'],
  'before any answer a gateway is down': [3, 1, '--', 'dd'],
  'so many failures in a row turn it down': [3, 1, '+---', 'uuud'],
  'an answer in between starts the count anew': [3, 1, '+--+--+---', 'uuuuuuuuud'],
  'so many answers in a row bring it back': [1, 3, '+++-++-+++', 'ddudddddd' + 'u'],
  'one failure is enough when the threshold says so': [1, 1, '+-+-', 'udud'],
};

for (const [title, [failureThreshold, successThreshold, results, expected]] of Object.entries(cases)) {
  test(`next(): ${title}`, () => {
    let health = unknownHealth;
    const seen = [...results].map((result) => {
      health = next(health, result === '+', { failureThreshold, successThreshold });
      return health.healthy ? 'u' : 'd';
    });
    assert.equal(seen.join(''), expected);
  });
}
