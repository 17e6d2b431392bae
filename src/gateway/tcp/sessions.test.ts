import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '../../../test/gen/clock.js';
import { createSessions } from './sessions.js';

test('cut() cuts what matches, once, and says how many', () => {
  const sessions = createSessions<string>(fakeClock());
  const cut: string[] = [];
  for (const key of ['a', 'b', 'a']) sessions.open(key, () => cut.push(key));
  assert.equal(
    sessions.cut((key) => key === 'a'),
    2,
  );
  assert.deepEqual(cut, ['a', 'a']);
});

test('a session counts until it is taken out, whether it was cut or not', () => {
  const sessions = createSessions<string>(fakeClock());
  const end = sessions.open('a', () => {});
  sessions.cut(() => true);
  assert.equal(sessions.size, 1);
  end();
  end();
  assert.equal(sessions.size, 0);
});

test('drained() resolves at once when there is none', async () => {
  await createSessions(fakeClock()).drained(60_000);
});

test('drained() waits for the last one', async () => {
  const clock = fakeClock();
  const sessions = createSessions<string>(clock);
  const ends = ['a', 'b'].map((key) => sessions.open(key, () => {}));
  let drained = false;
  const waiting = sessions.drained(60_000).then(() => (drained = true));
  ends[0]!();
  await clock.advance(1_000);
  assert.equal(drained, false);
  ends[1]!();
  await waiting;
  assert.equal(clock.timers, 0);
});

test('drained() waits no longer than it may', async () => {
  const clock = fakeClock();
  const sessions = createSessions<string>(clock);
  sessions.open('a', () => {});
  const waiting = sessions.drained(60_000);
  await clock.advance(60_000);
  await waiting;
  assert.equal(sessions.size, 1);
});
