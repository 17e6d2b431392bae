import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '../../../test/gen/clock.js';
import { createHandshakes } from './handshakes.js';

function start(most: number) {
  const clock = fakeClock();
  const given: string[] = [];
  const handshakes = createHandshakes(clock, most, 1_000);
  const begin = (source: string, name = source) => handshakes.begin(source, () => given.push(name));
  return { clock, given, begin };
}

test('begin() gives no source more than it leaves free', () => {
  const { begin } = start(10);
  assert.ok(begin('a') && begin('a'));
  assert.equal(begin('a'), undefined);
  assert.ok(begin('b'));
});

test('begin() takes the place of the oldest of the same source that has had its time', async () => {
  const { clock, given, begin } = start(10);
  begin('a', 'first');
  begin('a', 'second');
  await clock.advance(999);
  assert.equal(begin('a'), undefined);
  await clock.advance(1);
  assert.ok(begin('a', 'third'));
  assert.deepEqual(given, ['first']);
});

test('begin() takes the place of the oldest of all where a new source finds none', async () => {
  const { clock, given, begin } = start(6);
  begin('a');
  begin('b');
  assert.equal(begin('c'), undefined);
  await clock.advance(1_000);
  assert.ok(begin('c'));
  assert.deepEqual(given, ['a']);
});

test('the end of a handshake frees its place, and it is given up no more', async () => {
  const { clock, given, begin } = start(5);
  const end = begin('a')!;
  end();
  await clock.advance(1_000);
  assert.ok(begin('a'));
  assert.deepEqual(given, []);
});
