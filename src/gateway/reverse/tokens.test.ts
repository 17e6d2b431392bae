import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Socket } from 'node:net';
import { fakeClock } from '../../../test/gen/clock.js';
import { createTokens, tokenLife } from './tokens.js';

const fail = () => assert.fail();

test('a token is good for one connection', () => {
  const tokens = createTokens(fakeClock());
  const used: Socket[] = [];
  const token = tokens.issue((socket) => used.push(socket), fail);
  const socket = new Socket();
  assert.equal(tokens.redeem(token, socket), true);
  assert.equal(tokens.redeem(token, new Socket()), false);
  assert.deepEqual(used, [socket]);
});

test('a token that nobody has given out, or that was taken back, is good for none', () => {
  const tokens = createTokens(fakeClock());
  const token = tokens.issue(fail, fail);
  tokens.revoke(token);
  for (const one of [token, '0'.repeat(64), '']) assert.equal(tokens.redeem(one, new Socket()), false);
});

test('a token ends when its time is over, and who gave it out is told once', async () => {
  const clock = fakeClock();
  const tokens = createTokens(clock);
  let late = 0;
  const token = tokens.issue(fail, () => late++);
  await clock.advance(tokenLife);
  assert.equal(late, 1);
  assert.equal(tokens.redeem(token, new Socket()), false);
  assert.equal(clock.timers, 0);
});

test('tokens differ, and have 32 bytes', () => {
  const tokens = createTokens(fakeClock());
  const all = Array.from({ length: 100 }, () => tokens.issue(fail, fail));
  assert.equal(new Set(all).size, 100);
  for (const token of all) assert.match(token, /^[0-9a-f]{64}$/);
});
