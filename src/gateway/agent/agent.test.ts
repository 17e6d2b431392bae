import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '../../../test/gen/clock.js';
import { silent } from '../../runtime/log.js';
import { createAgent, type Desired } from './agent.js';

/** An agent that is to look again in a minute, as long as `asking`. */
function looking() {
  const clock = fakeClock();
  const state = { asking: true, builds: 0 };
  const stop = new AbortController();
  const agent = createAgent(
    {
      sources: {
        run: async () => {},
        synced: async () => true,
        onChange: () => {},
        problems: () => [],
      },
      build(): Desired<{ peers: [] }> {
        state.builds++;
        return state.asking
          ? { problems: ['early'], lookAgainIn: 60_000 }
          : { state: { peers: [] }, problems: [] };
      },
      apply: async () => {},
      leave: async () => {},
      close: async () => {},
    },
    { clock, log: silent },
  );
  return { agent, clock, state, stop, done: agent.run(stop.signal) };
}

test('an agent that is told to looks again though nothing has changed, until it need not', async () => {
  const { agent, clock, state, stop, done } = looking();
  await clock.advance(60_000);
  assert.deepEqual([state.builds, agent.ready()], [2, ['early']]);
  state.asking = false;
  await clock.advance(180_000);
  assert.deepEqual([state.builds, agent.ready()], [3, []]);
  stop.abort();
  await clock.advance(10_000);
  await done;
});

test('an agent that stops leaves no look behind', async () => {
  const { clock, state, stop, done } = looking();
  await clock.advance(0);
  stop.abort();
  await clock.advance(5_000);
  await done;
  assert.deepEqual([state.builds, clock.timers], [1, 0]);
});
