import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '../../../test/gen/clock.js';
import { createReflectorState } from './state.js';

test('the state says when it was last live, and since when it fails, whatever fails meanwhile', async () => {
  const clock = fakeClock();
  const state = createReflectorState(clock, () => assert.fail());
  assert.deepEqual(state.current, { phase: 'starting' });
  const [start, began] = [clock.now(), clock.monotonic()];
  state.failed('one');
  await clock.advance(1_000);
  state.failed('two');
  assert.deepEqual(state.current, { phase: 'failing', error: 'two', since: began });
  state.heard();
  assert.deepEqual(state.current, { phase: 'live', lastEventAt: start + 1_000 });
  await clock.advance(1_000);
  state.failed('three');
  assert.deepEqual(state.current, { phase: 'failing', error: 'three', since: began + 2_000 });
});

test('listeners hear of changes of phase alone, and one that throws does not stop the others', () => {
  const errors: unknown[] = [];
  const state = createReflectorState(fakeClock(), (error) => errors.push(error));
  const heard: string[] = [];
  state.onChange(() => {
    throw new Error('bad');
  });
  const off = state.onChange(() => heard.push(state.current.phase));
  state.heard();
  state.heard();
  state.failed('x');
  state.failed('y');
  off();
  state.heard();
  assert.deepEqual(heard, ['live', 'failing']);
  assert.equal(errors.length, 3);
});
