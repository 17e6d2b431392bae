import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '../../test/gen/clock.js';
import { createHold } from './hold.js';
import { createMetrics } from './metrics.js';
import { createQueue } from './queue.js';

function queue(random = () => 0) {
  const clock = fakeClock();
  const made = createQueue({ name: 'test', clock, random });
  /** All keys in line, each done before the next. */
  const drain = async () => {
    const keys: (string | undefined)[] = [];
    while (made.depth > 0) {
      const key = await made.take();
      keys.push(key);
      made.done(key ?? '');
    }
    return keys;
  };
  return { clock, made, drain };
}

test('keys come in the order in which they were added, each once', async () => {
  const { made, drain } = queue();
  for (const key of ['a', 'b', 'a', 'c', 'b']) made.add(key);
  assert.equal(made.depth, 3);
  assert.deepEqual(await drain(), ['a', 'b', 'c']);
});

test('a key under way is not given out again until it is done, and then once', async () => {
  const { made } = queue();
  made.add('a');
  assert.equal(await made.take(), 'a');
  made.add('a');
  made.add('a');
  assert.deepEqual([made.depth, made.active], [0, 1]);
  assert.equal(made.has('a'), true);
  made.done('a');
  assert.deepEqual([made.depth, made.active], [1, 0]);
  assert.deepEqual([made.has('a'), made.has('b')], [true, false]);
  assert.equal(await made.take(), 'a');
  made.done('a');
  assert.equal(made.depth, 0);
});

test('a key that was not added again is not given out again', async () => {
  const { made } = queue();
  made.add('a');
  await made.take();
  made.done('a');
  assert.deepEqual([made.depth, made.active], [0, 0]);
});

test('take() waits for a key', async () => {
  const { made } = queue();
  const [first, second] = [made.take(), made.take()];
  made.add('a');
  made.add('b');
  assert.deepEqual(await Promise.all([first, second]), ['a', 'b']);
});

test('of several times the earliest counts', async () => {
  const { made, clock } = queue();
  made.addAfter('a', 500);
  made.addAfter('a', 100);
  made.addAfter('a', 900);
  await clock.advance(99);
  assert.equal(made.depth, 0);
  await clock.advance(1);
  assert.equal(made.depth, 1);
  assert.equal(clock.timers, 0);
});

test('a key added at once does not come again at its later time', async () => {
  const { made, clock, drain } = queue();
  made.addAfter('a', 500);
  made.add('a');
  assert.deepEqual(await drain(), ['a']);
  await clock.advance(1_000);
  assert.equal(made.depth, 0);
});

test('a key in line needs no later time', () => {
  const { made, clock } = queue();
  made.add('a');
  made.addAfter('a', 500);
  assert.equal(clock.timers, 0);
});

test('retry() waits 5 ms, twice as long each time, at most 5 minutes, until forget()', () => {
  const { made } = queue();
  const waits = Array.from({ length: 18 }, () => made.retry('a'));
  assert.deepEqual(waits.slice(0, 4), [5, 10, 20, 40]);
  assert.deepEqual(waits.slice(-2), [300_000, 300_000]);
  assert.equal(made.retry('b'), 5);
  made.forget('a');
  assert.equal(made.retry('a'), 5);
});

test('retry() spreads the waits at random', () => {
  const { made } = queue(() => 0.999);
  const wait = made.retry('a');
  assert.ok(wait > 2.5 && wait < 2.6);
});

test('an event does not wait for the end of the backoff', async () => {
  const { made, clock, drain } = queue();
  for (let i = 0; i < 10; i++) made.retry('a');
  made.add('a');
  assert.deepEqual(await drain(), ['a']);
  assert.equal(clock.timers, 0);
});

test('close() lets waiting takers go, gives out nothing more and leaves no timer', async () => {
  const { made, clock } = queue();
  const waiting = made.take();
  made.addAfter('later', 1_000);
  made.close();
  made.add('a');
  assert.equal(await waiting, undefined);
  assert.equal(await made.take(), undefined);
  assert.equal(clock.timers, 0);
});

test('a hundred thousand keys pass without moving each other', async () => {
  const { made, drain } = queue();
  const started = performance.now();
  for (let i = 0; i < 100_000; i++) made.add(`k${i}`);
  const keys = await drain();
  assert.equal(keys.length, 100_000);
  assert.ok(performance.now() - started < 5_000);
});

test('depth, additions and retries are measured, from zero', async () => {
  const metrics = createMetrics();
  const made = createQueue({ name: 'test', clock: fakeClock(), metrics });
  const text = () => metrics.registry.metrics();
  assert.match(await text(), /workqueue_depth\{name="test"\} 0/);
  assert.match(await text(), /workqueue_retries_total\{name="test"\} 0/);
  made.add('a');
  made.add('b');
  assert.match(await text(), /workqueue_depth\{name="test"\} 2/);
  await made.take();
  assert.match(await text(), /workqueue_depth\{name="test"\} 1/);
  assert.match(await text(), /workqueue_adds_total\{name="test"\} 2/);
  assert.match(await text(), /workqueue_queue_duration_seconds_count\{name="test"\} 1/);
});

test('a key that is added again and again is given out at its pace, others are not held up', async () => {
  const clock = fakeClock();
  const made = createQueue({ name: 'test', clock, rate: { burst: 3, everyMs: 1_000 } });
  const taken: string[] = [];
  const toggle = async () => {
    made.add('a');
    while (made.depth > 0) {
      const key = (await made.take()) ?? '';
      taken.push(key);
      made.done(key);
    }
  };
  for (let i = 0; i < 130; i++) await toggle();
  assert.equal(taken.length, 3, 'the first ones at once');
  made.add('b');
  assert.equal(made.depth, 1);
  for (let i = 0; i < 500; i++) {
    await clock.advance(10);
    await toggle();
  }
  assert.equal(taken.filter((key) => key === 'a').length, 8, 'then one in a second');
  await clock.advance(1_000);
  await toggle();
  assert.equal(taken.filter((key) => key === 'a').length, 9, 'and the last change is not forgotten');
  await clock.advance(10_000);
  for (let i = 0; i < 10; i++) await toggle();
  assert.equal(taken.filter((key) => key === 'a').length, 12, 'after some quiet, at once again');
});

test('a key that is added while it is worked on waits for its turn, too', async () => {
  const clock = fakeClock();
  const made = createQueue({ name: 'test', clock, rate: { burst: 1, everyMs: 1_000 } });
  made.add('a');
  await made.take();
  made.add('a');
  made.done('a');
  assert.equal(made.depth, 0);
  for (const key of ['b', 'c']) made.add(key);
  await clock.advance(1_000);
  assert.deepEqual([await made.take(), await made.take(), await made.take()], ['b', 'c', 'a']);
});

test('Queue gives out a key whose time came while it was being worked on', async () => {
  const clock = fakeClock();
  const made = createQueue({ name: 'test', clock, rate: { burst: 2, everyMs: 1_000 } });
  made.add('a');
  await made.take();
  made.add('a');
  made.done('a');
  await made.take();
  // the bucket is empty now
  made.addAfter('a', 100);
  await clock.advance(100);
  made.done('a');
  assert.equal(made.depth, 0);
  await clock.advance(1_000);
  assert.equal(made.depth, 1);
});

test('the bulk leaves a quarter of what may be worked on at once to others', async () => {
  const made = createQueue({ name: 'test', clock: fakeClock(), atOnce: () => 4 });
  const taken: (string | undefined)[] = [];
  for (let n = 0; n < 6; n++) {
    made.add(`new-${n}`, 'bulk');
    void made.take().then((key) => taken.push(key));
  }
  await Promise.resolve();
  assert.deepEqual(taken, ['new-0', 'new-1', 'new-2']);
  made.add('changed');
  await Promise.resolve();
  assert.deepEqual(taken.slice(3), ['changed']);
  made.add('lost', 'urgent');
  await Promise.resolve();
  assert.equal(taken.length, 4);
  made.done('new-0');
  await Promise.resolve();
  assert.deepEqual(taken.slice(4), ['lost']);
  made.done('changed');
  await Promise.resolve();
  assert.deepEqual(taken.slice(5), ['new-3']);
});

test('a limit that rises lets more keys through', async () => {
  let limit = 1;
  const made = createQueue({ name: 'test', clock: fakeClock(), atOnce: () => limit });
  const taken: (string | undefined)[] = [];
  for (const key of ['a', 'b', 'c']) {
    made.add(key);
    void made.take().then((next) => taken.push(next));
  }
  await Promise.resolve();
  assert.deepEqual(taken, ['a']);
  limit = 2;
  made.done('a');
  await Promise.resolve();
  assert.deepEqual(taken, ['a', 'b', 'c']);
});

test('a key keeps its urgency while it waits for its time, and after a failure', async () => {
  const { clock, made } = queue();
  made.addAfter('late', 10, 'urgent');
  made.addAfter('late', 20, 'bulk');
  made.add('new', 'bulk');
  await clock.advance(10);
  assert.equal(await made.take(), 'late');
  made.retry('late');
  made.done('late');
  made.add('changed');
  await clock.advance(5);
  assert.equal(await made.take(), 'late');
});

test('while a hold is on no keys are given out; then the most urgent are the first', async () => {
  const clock = fakeClock();
  const hold = createHold(clock);
  const made = createQueue({ name: 'test', clock, hold, atOnce: () => 1 });
  made.add('refused', 'urgent');
  made.add('bulk', 'bulk');
  assert.equal(await made.take(), 'refused');
  hold.begin(1_000);
  made.back('refused');
  made.done('refused');
  const taken: (string | undefined)[] = [];
  void made.take().then((key) => taken.push(key));
  await clock.advance(999);
  assert.deepEqual([taken, made.depth], [[], 2]);
  await clock.advance(1);
  assert.deepEqual(taken, ['refused'], 'it is as urgent as it was');
});
