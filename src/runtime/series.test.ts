import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '../../test/gen/clock.js';
import { createPace } from './pace.js';
import { createSeries, type Series } from './series.js';

function keeper(write: (series: Series<string>) => Promise<number> = async ({ count }) => count) {
  const clock = fakeClock();
  const written: string[] = [];
  const made = createSeries<string>({
    clock,
    pace: createPace({ burst: 3, everyMs: 60_000 }, clock),
    write: async (series) => {
      written.push(`${series.told} ${series.count}`);
      return write(series);
    },
  });
  const add = (object: string, kind: string) => made.add({ object, kind, told: `${object} ${kind}` });
  return { clock, made, add, written };
}

test('an object that goes to and fro 130 times costs two writes a kind, and then one a minute', async () => {
  const { clock, add, written } = keeper();
  for (let i = 0; i < 130; i++) {
    add('a', i % 2 === 0 ? 'up' : 'down');
    await clock.advance(8);
  }
  assert.deepEqual(written, ['a up 1', 'a down 1', 'a up 2']);
  await clock.advance(60_000);
  assert.deepEqual(written.slice(3), ['a down 65']);
  await clock.advance(60_000);
  assert.deepEqual(written.slice(4), ['a up 65']);
  await clock.advance(600_000);
  assert.equal(written.length, 5, 'what was told is not told again');
  assert.equal(clock.timers, 0);
});

test('a series that changes while it is written is written again, and never twice at a time', async () => {
  let end = () => {};
  const { clock, add, written } = keeper(
    ({ count }) => new Promise((resolve) => (end = () => resolve(count))),
  );
  add('a', 'up');
  add('a', 'up');
  await clock.advance(0);
  assert.deepEqual(written, ['a up 1']);
  end();
  await clock.advance(0);
  assert.deepEqual(written, ['a up 1', 'a up 2']);
});

test('a count that rose while the write waited for its turn, and was written with it, is not written again', async () => {
  let end = () => {};
  const { clock, add, written } = keeper(
    (series) => new Promise((resolve) => (end = () => resolve(series.count))),
  );
  add('a', 'up');
  add('a', 'up');
  end();
  await clock.advance(0);
  assert.deepEqual(written, ['a up 1']);
  add('a', 'up');
  await clock.advance(60_000);
  assert.deepEqual(written, ['a up 1', 'a up 3']);
});

test('no more than 4,096 series are remembered', async () => {
  const { clock, add, written, made } = keeper();
  for (let i = 0; i < 5_000; i++) add(`o${i}`, 'up');
  add('o0', 'up');
  add('o4999', 'up');
  await clock.advance(0);
  assert.deepEqual(written.slice(5_000), ['o0 up 1', 'o4999 up 2']);
  made.stop();
  assert.equal(clock.timers, 0);
});

test('a wall clock that jumps neither ends a series nor keeps it', async () => {
  const { clock, add, written } = keeper();
  add('a', 'up');
  clock.jump(3_600_000);
  add('a', 'up');
  await clock.advance(0);
  assert.deepEqual(written, ['a up 1', 'a up 2']);
  clock.jump(-3_600_000);
  await clock.advance(6 * 60_000);
  add('a', 'up');
  await clock.advance(0);
  assert.deepEqual(written.slice(2), ['a up 1']);
});
