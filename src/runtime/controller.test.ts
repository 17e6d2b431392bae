import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../test/driver/eventually.js';
import { fakeClock } from '../../test/gen/clock.js';
import { createController, type ControllerOptions } from './controller.js';
import { ApiError } from './errors.js';
import { createHold } from './hold.js';
import { createLiveness, stuckAfter } from './liveness.js';
import { silent } from './log.js';
import { createMetrics } from './metrics.js';

function start(reconcile: ControllerOptions['reconcile'], o: Partial<ControllerOptions> = {}) {
  const clock = fakeClock();
  const stop = new AbortController();
  const controller = createController({ name: 'test', reconcile, log: silent, clock, random: () => 0, ...o });
  return { clock, stop, controller, over: controller.run(stop.signal) };
}

test('a controller makes every key come true once, keys added before it runs included', async () => {
  const done: string[] = [];
  const clock = fakeClock();
  const controller = createController({
    name: 'test',
    reconcile: async (key) => void done.push(key),
    log: silent,
    clock,
  });
  controller.enqueue('a');
  assert.equal(controller.idle(), false);
  const stop = new AbortController();
  const over = controller.run(stop.signal);
  controller.enqueue('b');
  await eventually(() => controller.idle());
  assert.deepEqual(done, ['a', 'b']);
  stop.abort();
  await over;
});

test('a key is never under way twice, and others are meanwhile', async () => {
  const under = new Set<string>();
  const gates: (() => void)[] = [];
  let most = 0;
  const { controller, stop, over } = start(async (key) => {
    assert.ok(!under.has(key));
    under.add(key);
    most = Math.max(most, under.size);
    await new Promise<void>((resolve) => gates.push(resolve));
    under.delete(key);
  });
  controller.enqueue('a');
  controller.enqueue('b');
  await eventually(() => gates.length === 2);
  controller.enqueue('a');
  for (const open of gates.splice(0)) open();
  await eventually(() => gates.length === 1);
  gates[0]?.();
  await eventually(() => controller.idle());
  assert.equal(most, 2);
  stop.abort();
  await over;
});

test('no more keys are under way than there are workers', async () => {
  let [now, most] = [0, 0];
  const { controller, stop, over } = start(
    async () => {
      most = Math.max(most, ++now);
      await new Promise(setImmediate);
      now--;
    },
    { workers: 2 },
  );
  for (let i = 0; i < 20; i++) controller.enqueue(`k${i}`);
  await eventually(() => controller.idle());
  assert.equal(most, 2);
  stop.abort();
  await over;
});

test('a reconcile that throws comes again with growing waits, until it works', async () => {
  const times: number[] = [];
  const { controller, clock, stop, over } = start((): Promise<void> => {
    times.push(clock.monotonic());
    if (times.length < 4) throw new Error('not yet'); // synchronous on purpose
    return Promise.resolve();
  });
  controller.enqueue('a');
  await clock.advance(10_000);
  assert.deepEqual(times, [0, 5, 15, 35]);
  controller.enqueue('a');
  await clock.advance(0);
  assert.equal(times.length, 5);
  stop.abort();
  await over;
});

test('requeueAfter means again then, and an event before that means at once', async () => {
  let count = 0;
  const { controller, clock, stop, over } = start(async () => {
    count++;
    return { requeueAfter: 60_000 };
  });
  controller.enqueue('a');
  await clock.advance(59_999);
  assert.equal(count, 1);
  await clock.advance(1);
  assert.equal(count, 2);
  controller.enqueue('a');
  await clock.advance(0);
  assert.equal(count, 3);
  stop.abort();
  await over;
  assert.equal(clock.timers, 0);
});

test('stopped in the middle of a reconcile, a controller lets it end and begins nothing new', async () => {
  const gate = Promise.withResolvers<void>();
  const log: string[] = [];
  const { controller, clock, stop, over } = start(
    async (key, signal) => {
      log.push(`begin ${key}`);
      await gate.promise;
      log.push(`end ${key} ${signal.aborted ? 'aborted' : 'undisturbed'}`);
    },
    { workers: 1 },
  );
  controller.enqueue('a');
  controller.enqueue('b');
  await eventually(() => log.length === 1);
  stop.abort();
  await clock.advance(10_000);
  let ended = false;
  void over.then(() => (ended = true));
  await clock.advance(0);
  assert.equal(ended, false);
  gate.resolve();
  await over;
  assert.deepEqual(log, ['begin a', 'end a undisturbed']);
  assert.equal(clock.timers, 0);
});

test('a reconcile that does not end is aborted 20 s after the stop, and not waited for', async () => {
  let aborted = false;
  const { controller, clock, stop, over } = start(
    (_key, signal) =>
      new Promise<void>(() => {
        signal.addEventListener('abort', () => (aborted = true));
      }),
  );
  controller.enqueue('a');
  await eventually(() => !controller.idle());
  stop.abort();
  await clock.advance(19_999);
  assert.equal(aborted, false);
  await clock.advance(1);
  await over;
  assert.equal(aborted, true);
});

test('a conflict is no error: it is told quietly and tried again', async () => {
  const told: string[] = [];
  const log = {
    ...silent,
    child: () => log,
    debug: (message: string) => void told.push(`debug ${message}`),
    info: (message: string) => void told.push(`info ${message}`),
    error: (message: string) => void told.push(`error ${message}`),
  };
  let count = 0;
  const failures = [new ApiError('changed', { status: 409, reason: 'Conflict' }), new Error('broken')];
  const { controller, clock, stop, over } = start(
    async () => {
      const failure = failures[count++];
      if (failure) throw failure;
    },
    { log },
  );
  controller.enqueue('a');
  await clock.advance(1_000);
  assert.equal(count, 3);
  assert.deepEqual(told, ['debug the object changed meanwhile', 'error reconcile failed']);
  stop.abort();
  await over;
});

test('results are counted, from zero', async () => {
  const metrics = createMetrics();
  const { controller, clock, stop, over } = start(
    async (key) => {
      if (key === 'bad') throw new Error('bad');
    },
    { metrics },
  );
  const text = () => metrics.registry.metrics();
  assert.match(await text(), /controller_runtime_reconcile_total\{controller="test",result="error"\} 0/);
  controller.enqueue('good');
  controller.enqueue('bad');
  await clock.advance(0);
  assert.match(await text(), /controller_runtime_reconcile_total\{controller="test",result="success"\} 1/);
  assert.match(await text(), /controller_runtime_reconcile_total\{controller="test",result="error"\} 1/);
  assert.match(await text(), /controller_runtime_active_workers\{controller="test"\} 0/);
  stop.abort();
  await over;
});

test('a controller runs once', async () => {
  const { controller, stop, over } = start(async () => undefined);
  await assert.rejects(controller.run(stop.signal), /already runs/);
  stop.abort();
  await over;
});

test('a reconcile that never ends makes the process one that should be restarted, a failing one does not', async () => {
  const clock = fakeClock();
  const liveness = createLiveness(clock);
  const { controller, stop, over } = start(
    (key) => (key === 'stuck' ? new Promise(() => {}) : Promise.reject(new Error('the API server is away'))),
    { clock, liveness },
  );
  controller.enqueue('failing');
  for (let i = 0; i < 3; i++) await clock.advance(stuckAfter / 2);
  assert.deepEqual(liveness.problems(), []);
  controller.enqueue('stuck');
  await clock.advance(stuckAfter + 1);
  assert.match(liveness.problems().join(), /^reconciling test has stood still/);
  stop.abort();
  await clock.advance(60_000);
  await over;
});

test('what changes on and on is reconciled ten times, then once a second, and delays no other key', async () => {
  const clock = fakeClock();
  const done: string[] = [];
  const { controller, stop, over } = start(async (key) => void done.push(key), { clock });
  const toggle = async (times: number, everyMs: number) => {
    for (let i = 0; i < times; i++) {
      controller.enqueue('flapping');
      await clock.advance(everyMs);
    }
  };
  await toggle(100, 1);
  assert.equal(done.length, 10);
  controller.enqueue('other');
  await clock.advance(0);
  assert.equal(done.at(-1), 'other');
  done.length = 0;
  await toggle(400, 10);
  assert.ok(done.length >= 3 && done.length <= 5, String(done.length));
  stop.abort();
  await over;
});

test('what would meet every key holds all keys back, counts as no failure, and is told once', async () => {
  const clock = fakeClock();
  const hold = createHold(clock);
  const tried: string[] = [];
  const told: string[] = [];
  const log = { ...silent, child: () => log, warn: (message: string) => void told.push(message) };
  let isBusy = true;
  const { controller, stop, over } = start(
    async (key) => {
      tried.push(`${clock.monotonic()} ${key}`);
      if (isBusy) throw new ApiError('busy', { status: 429, retryAfterMs: 1_000 });
    },
    { clock, hold, log, workers: 2, atOnce: () => 2 },
  );
  for (const key of ['a', 'b', 'c', 'd']) controller.enqueue(key);
  await clock.advance(2_500);
  assert.deepEqual(tried, ['0 a', '0 b', '1000 c', '1000 d', '2000 a', '2000 b']);
  assert.equal(told.length, 3);
  isBusy = false;
  controller.enqueue('urgent', 'urgent');
  await clock.advance(500);
  assert.equal(tried[6], '3000 urgent');
  assert.equal(controller.idle(), true);
  stop.abort();
  await over;
});
