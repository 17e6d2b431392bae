import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { fakeClock, type FakeClock } from '../../../test/gen/clock.js';
import { maxVersion } from '../../api/linkstatus.js';
import { createPing, type Ping } from './ping.js';

let clock: FakeClock;
let stop: AbortController;
let over: Promise<void>;
let asked: number;
/** After each question: whether contact was lost or won. */
let turns: boolean[];
let answer: (signal: AbortSignal) => Promise<unknown>;

beforeEach(() => {
  clock = fakeClock();
  stop = new AbortController();
  [asked, turns] = [0, []];
  answer = async () => ({ gitVersion: 'v1.33.0' });
});
afterEach(async () => {
  stop.abort();
  await over;
  assert.equal(clock.timers, 0);
});

async function start(): Promise<Ping> {
  const raw = async (_path: string, signal: AbortSignal = stop.signal) => {
    asked++;
    return answer(signal);
  };
  const ping = createPing({ raw }, { clock, onAnswer: (turned) => void turns.push(turned) });
  over = ping.run(stop.signal);
  await clock.advance(0);
  return ping;
}

const refused = () => Promise.reject(new Error('refused'));

/** Answers only by ending when its signal aborts. */
const never = (signal: AbortSignal) =>
  new Promise((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
  );

test('createPing() asks at once, then five seconds after each answer', async () => {
  const ping = await start();
  assert.deepEqual([asked, ping.version, ping.problem], [1, 'v1.33.0', undefined]);
  await clock.advance(4_999);
  assert.equal(asked, 1);
  await clock.advance(1);
  assert.equal(asked, 2);
  assert.deepEqual(turns, [false, false]);
});

test('createPing() says that contact was lost and won, once each, and since when there is none', async () => {
  const ping = await start();
  answer = refused;
  await clock.advance(5_000);
  const since = clock.monotonic();
  await clock.advance(5_000);
  assert.deepEqual(turns, [false, true, false]);
  assert.equal(ping.problem?.since, since);
  assert.equal((ping.problem?.error as Error).message, 'refused');
  assert.equal(ping.version, 'v1.33.0', 'what it said stays');
  answer = async () => ({ gitVersion: 'v1.34.0' });
  await clock.advance(5_000);
  assert.deepEqual(turns, [false, true, false, true]);
  assert.deepEqual([ping.version, ping.problem], ['v1.34.0', undefined]);
});

test('createPing() gives up a question after four seconds by the clock that it was given', async () => {
  answer = never;
  const ping = await start();
  await clock.advance(3_999);
  assert.equal(ping.problem, undefined);
  await clock.advance(1);
  assert.ok(ping.problem);
  assert.deepEqual(turns, [true]);
});

test('createPing() takes no more of a version than a status can hold', async () => {
  answer = async () => ({ gitVersion: `${'v'.repeat(maxVersion - 1)}\u{1f600}` });
  const ping = await start();
  assert.equal(ping.version?.length, maxVersion);
  assert.ok(ping.version.isWellFormed());
  for (const body of [{ gitVersion: {} }, null]) {
    answer = async () => body;
    await clock.advance(5_000);
    assert.equal(ping.version, undefined);
  }
});

test('createPing() says nothing when it is told to stop', async () => {
  answer = never;
  const ping = await start();
  stop.abort();
  await over;
  assert.deepEqual([turns, ping.problem], [[], undefined]);
});
