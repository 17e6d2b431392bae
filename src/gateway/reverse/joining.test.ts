import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ending, read } from '../../../test/conformance/client.js';
import { socketPair } from '../../../test/conformance/socketpair.js';
import { systemClock } from '../../runtime/clock.js';
import { plainEnd } from '../tcp/splice.js';
import { createJoining } from './joining.js';

test('two connections become one, until both sides have ended', async () => {
  const joining = createJoining(systemClock);
  const [[a, nearA], [b, nearB]] = [await socketPair(), await socketPair()];
  const done = joining.enter('paris')!.join(plainEnd(nearA), plainEnd(nearB));
  assert.equal(joining.size(), 1);
  a.end('to b');
  assert.equal((await read(b, 4)).toString(), 'to b');
  b.end('to a');
  assert.equal((await read(a, 4)).toString(), 'to a');
  await done;
  assert.equal(joining.size(), 0);
  for (const socket of [a, b]) socket.destroy();
});

test('those of one link are cut, and reset on both sides', async () => {
  const joining = createJoining(systemClock);
  const [[a, nearA], [b, nearB]] = [await socketPair(), await socketPair()];
  const [c, nearC] = await socketPair();
  const [d, nearD] = await socketPair();
  void joining.enter('paris')!.join(plainEnd(nearA), plainEnd(nearB));
  void joining.enter('rome')!.join(plainEnd(nearC), plainEnd(nearD));
  joining.cut((link) => link === 'paris');
  assert.deepEqual(await Promise.all([ending(a), ending(b)]), ['ECONNRESET', 'ECONNRESET']);
  c.write('still');
  assert.equal((await read(d, 5)).toString(), 'still');
  for (const socket of [c, d]) socket.destroy();
});

test('a link that takes all that it gets leaves room for another one, and a place that is left is free', () => {
  const joining = createJoining(systemClock, 100);
  const enterAll = (link: string) => {
    const places = [];
    for (let place = joining.enter(link); place !== undefined; place = joining.enter(link))
      places.push(place);
    return places;
  };
  const greedy = enterAll('paris');
  assert.equal(greedy.length, 50);
  greedy[0]!.leave();
  greedy[0]!.leave();
  assert.equal(enterAll('paris').length, 1);
  const others = ['rome', 'lyon'].map((link) => enterAll(link).length);
  assert.ok(
    others.every((count) => count > 3),
    others.join(),
  );
});

test('what has ended makes room', async () => {
  const joining = createJoining(systemClock, 2);
  const [[a, nearA], [b, nearB]] = [await socketPair(), await socketPair()];
  const place = joining.enter('paris');
  assert.equal(joining.enter('paris'), undefined);
  const done = place!.join(plainEnd(nearA), plainEnd(nearB));
  a.destroy();
  b.destroy();
  await done;
  assert.notEqual(joining.enter('paris'), undefined);
});
