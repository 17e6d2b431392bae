import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '../../test/gen/clock.js';
import { createCredentials } from './credentials.js';

function source() {
  const clock = fakeClock();
  const state = { token: 'a', loads: 0, broken: false };
  const load = async () => {
    state.loads++;
    if (state.broken) throw new Error('the file is being replaced');
    return { headers: { authorization: state.token } };
  };
  const credentials = createCredentials({ server: 'https://x', verified: true, load }, clock);
  return {
    clock,
    state,
    credentials,
    token: async () => (await credentials.current()).headers.authorization,
  };
}

test('credentials are read once a minute, however many ask at once', async () => {
  const { clock, state, token } = source();
  await Promise.all([token(), token(), token()]);
  await clock.advance(59_999);
  await token();
  assert.equal(state.loads, 1);
  state.token = 'b';
  await clock.advance(1);
  assert.deepEqual(await Promise.all([token(), token()]), ['b', 'b']);
  assert.equal(state.loads, 2);
});

test('credentials that cannot be read anew are used on, and read again a minute later', async () => {
  const { clock, state, token } = source();
  await token();
  state.broken = true;
  await clock.advance(60_000);
  assert.equal(await token(), 'a');
  assert.equal(await token(), 'a');
  assert.equal(state.loads, 2);
  Object.assign(state, { broken: false, token: 'b' });
  await clock.advance(60_000);
  assert.equal(await token(), 'b');
});

test('credentials that could never be read are an error', async () => {
  const { state, credentials } = source();
  state.broken = true;
  await assert.rejects(credentials.current(), /being replaced/);
  state.broken = false;
  assert.ok(await credentials.current());
});

test('renew() tells whether there is something else to try, and reads at most once a second', async () => {
  const { clock, state, credentials } = source();
  const used = await credentials.current();
  state.token = 'b';
  assert.equal(await credentials.renew(used), false);
  await clock.advance(1_000);
  assert.equal(await credentials.renew(used), true);
  assert.equal(await credentials.renew(used), true);
  assert.equal(state.loads, 2);
  assert.equal(await credentials.renew(await credentials.current()), false);
});
