import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSealed } from '../../../tools/clusters/sealed.js';
import type { Plan, Tally } from './streams/plan.js';

// without `tune.epoll.mask-events` about one direction in a hundred ends early here
test('many streams that are busy both ways arrive whole, over segments of 1,500 bytes', async () => {
  const plan: Plan = { rounds: 8, atOnce: 50, bytes: 2_000_000 };
  const program = new URL('streams/main.js', import.meta.url);
  const tally = await runSealed<Tally>(program, plan, () => {});
  assert.deepEqual(tally, { directions: 2 * plan.rounds * plan.atOnce, short: 0 });
});
