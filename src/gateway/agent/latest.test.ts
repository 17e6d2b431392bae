import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'node:test';
import { fakeClock } from '../../../test/gen/clock.js';
import { createLatest } from './latest.js';

/** A loop over `state`, each application of which takes until `finish` is called. */
function applying(build?: () => number | undefined) {
  const clock = fakeClock();
  const started = { state: 0, applied: [] as number[], errors: [] as unknown[] };
  let finish = (_outcome?: Error | 'partly') => {};
  const latest = createLatest<number>({
    clock,
    build: build ?? (() => started.state),
    apply: (state) => {
      started.applied.push(state);
      return new Promise((resolve, reject) => {
        finish = (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome === undefined));
      });
    },
    onError: (error) => started.errors.push(error),
  });
  const ended = async (outcome?: Error | 'partly') => {
    finish(outcome);
    await clock.advance(0);
  };
  return { clock, started, latest, ended };
}

test('a burst of requests is applied once', async () => {
  const { clock, started, latest } = applying();
  for (started.state = 1; started.state < 5; started.state++) latest.request();
  await clock.advance(0);
  assert.deepEqual(started.applied, [5]);
});

test('while one state is applied, only the latest of those that come is kept', async () => {
  const { clock, started, latest, ended } = applying();
  latest.request();
  await clock.advance(0);
  for (const state of [1, 2, 3]) {
    started.state = state;
    latest.request();
    await turn();
  }
  assert.deepEqual(started.applied, [0], 'one at a time');
  await ended();
  assert.deepEqual(started.applied, [0, 3]);
  await ended();
  assert.ok(latest.idle());
});

test('nothing is applied while the state cannot be said', async () => {
  const { clock, started, latest } = applying(() => undefined);
  latest.request();
  await clock.advance(60_000);
  assert.deepEqual([started.applied, latest.idle()], [[], true]);
});

test('a failure is told and tried again, less and less often, until a success', async () => {
  const { clock, started, latest, ended } = applying();
  const failure = new Error('no');
  latest.request();
  await clock.advance(0);
  await ended(failure);
  assert.deepEqual(started.errors, [failure]);
  for (const [pause, count] of [
    [100, 2],
    [200, 3],
    [400, 4],
  ] as const) {
    await clock.advance(pause - 1);
    assert.equal(started.applied.length, count - 1);
    await clock.advance(1);
    assert.equal(started.applied.length, count);
    await ended(count < 4 ? failure : undefined);
  }
  await clock.advance(60_000);
  assert.equal(started.applied.length, 4);
});

test('a state of which a part is not in force is tried again, less and less often, and is no error', async () => {
  const { clock, started, latest, ended } = applying();
  latest.request();
  await clock.advance(0);
  await ended('partly');
  await clock.advance(100);
  await ended('partly');
  await clock.advance(199);
  assert.deepEqual([started.applied.length, started.errors], [2, []]);
  await clock.advance(1);
  await ended();
  await clock.advance(60_000);
  assert.equal(started.applied.length, 3);
});

test('a state that cannot be built is a failure like others', async () => {
  const { clock, started, latest } = applying(() => {
    throw new Error('no');
  });
  latest.request();
  await clock.advance(100);
  assert.equal(started.errors.length, 2);
});

test('busySince() tells since when a state is being applied', async () => {
  const { clock, latest, ended } = applying();
  await clock.advance(500);
  latest.request();
  await clock.advance(1_000);
  assert.equal(latest.busySince(), 500);
  await ended();
  assert.equal(latest.busySince(), undefined);
});

test('after stop() nothing is applied, not even what waits or was to be tried again', async () => {
  const { clock, started, latest, ended } = applying();
  latest.request();
  await clock.advance(0);
  latest.request();
  let stopped = false;
  void latest.stop().then(() => (stopped = true));
  await clock.advance(0);
  assert.equal(stopped, false, 'one is still under way');
  await ended(new Error('no'));
  assert.equal(stopped, true);
  latest.request();
  await clock.advance(60_000);
  assert.deepEqual(started.applied, [0]);
});

test('how long a state took is counted from when it was first asked for, failures included', async () => {
  const clock = fakeClock();
  const took: number[] = [];
  let failing = true;
  const latest = createLatest<number>({
    clock,
    build: () => 1,
    apply: async () => {
      await clock.sleep(20);
      if (failing) throw new Error('no');
      return true;
    },
    onError: () => (failing = false),
    onApplied: (ms) => took.push(ms),
  });
  latest.request();
  await clock.advance(20);
  assert.deepEqual(took, [], 'it failed');
  // tried again after 100 ms
  await clock.advance(100);
  await clock.advance(20);
  assert.deepEqual(took, [140]);
  latest.request();
  await clock.advance(0);
  await clock.advance(20);
  assert.deepEqual(took, [140, 20]);
});

test('states that change without an end are applied twenty times at once, then ten times a second', async () => {
  const { clock, started, latest, ended } = applying();
  const toggle = async (times: number) => {
    for (let i = 0; i < times; i++) {
      started.state++;
      latest.request();
      await clock.advance(0);
      await ended();
    }
  };
  await toggle(130);
  assert.equal(started.applied.length, 20);
  for (let i = 0; i < 100; i++) {
    await clock.advance(10);
    await toggle(1);
  }
  assert.equal(started.applied.length, 30);
  await clock.advance(100);
  await ended();
  assert.equal(started.applied.at(-1), started.state, 'the last one is not forgotten');
  started.state++;
  latest.request();
  await latest.stop();
  assert.equal(clock.timers, 0);
});
