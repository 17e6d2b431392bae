import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '../../../test/gen/clock.js';
import { createLog } from '../../runtime/log.js';
import { nowhereToDial, type NotInForce } from '../outcome.js';
import { createAgent, type Desired } from './agent.js';

/** An agent that is to look again in a minute, as long as `asking`. */
function looking() {
  const clock = fakeClock();
  const state = { asking: true, builds: 0, missing: [] as NotInForce[] };
  const said: string[] = [];
  const outcomes: (readonly NotInForce[])[] = [];
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
      apply: async () => state.missing,
      leave: async () => {},
      close: async () => {},
    },
    {
      clock,
      log: createLog({ level: 'info', format: 'plain', sink: (line) => said.push(line) }),
      onOutcome: (missing) => outcomes.push(missing),
    },
  );
  return { agent, clock, state, said, outcomes, stop, done: agent.run(stop.signal) };
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

test('an agent says once which parts are not in force, asks for them again, and says when they are', async () => {
  const { agent, clock, state, said, outcomes, stop, done } = looking();
  state.asking = false;
  state.missing = [nowhereToDial('rome')];
  await clock.advance(60_000);
  assert.deepEqual(agent.ready(), [], 'the rest is served');
  assert.ok(outcomes.length > 5, 'it is tried again');
  const lines = () => said.filter((line) => line.includes('in force'));
  assert.equal(lines().length, 1);
  assert.match(lines()[0]!, /link rome: its peer has no address that can be dialled/);
  state.missing = [];
  await clock.advance(60_000);
  const count = outcomes.length;
  assert.match(lines().at(-1)!, /all of the state is in force/);
  await clock.advance(60_000);
  assert.deepEqual([lines().length, outcomes.length, outcomes.at(-1)], [2, count, []]);
  stop.abort();
  await clock.advance(10_000);
  await done;
});
