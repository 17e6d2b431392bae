import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '../../../test/gen/clock.js';
import { read } from '../../../test/conformance/client.js';
import { socketPair } from '../../../test/conformance/socketpair.js';
import { nextBytes } from './bytes.js';

const never = new AbortController().signal;

test('some bytes are taken, whenever they have come, and the rest stays unread', async () => {
  const clock = fakeClock();
  const [near, far] = await socketPair();
  const waiting = nextBytes(near, { clock, timeout: 1_000, most: 2 }, never);
  far.write('abcd');
  assert.equal(String(await waiting), 'ab');
  assert.equal(String(await nextBytes(near, { clock, most: 1 }, never)), 'c');
  assert.equal((await nextBytes(near, { clock, most: 0 }, never))?.length, 0);
  assert.equal((await read(near, 1)).toString(), 'd');
  assert.equal(clock.timers, 0);
  near.destroy();
  far.destroy();
});

test('a connection that ends, or has ended, has no bytes', async () => {
  const clock = fakeClock();
  const [near, far] = await socketPair();
  far.end();
  assert.equal(await nextBytes(near, { clock, most: 1 }, never), undefined);
  assert.equal(await nextBytes(near, { clock, most: 1 }, never), undefined);
  far.destroy();
});

test('a connection that is silent for too long, or not wanted any more, is closed', async () => {
  const clock = fakeClock();
  const [[one, far], [other, away]] = [await socketPair(), await socketPair()];
  const late = assert.rejects(nextBytes(one, { clock, timeout: 1_000, most: 1 }, never), /within 1000 ms/);
  await clock.advance(1_000);
  await late;
  const leaving = new AbortController();
  const left = assert.rejects(nextBytes(other, { clock, most: 1 }, leaving.signal), /not wanted/);
  leaving.abort(new Error('not wanted'));
  await left;
  assert.ok(one.destroyed && other.destroyed);
  far.destroy();
  away.destroy();
});
