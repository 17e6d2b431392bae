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
  const done = joining.join('paris', plainEnd(nearA), plainEnd(nearB));
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
  void joining.join('paris', plainEnd(nearA), plainEnd(nearB));
  void joining.join('rome', plainEnd(nearC), plainEnd(nearD));
  joining.cut((link) => link === 'paris');
  assert.deepEqual(await Promise.all([ending(a), ending(b)]), ['ECONNRESET', 'ECONNRESET']);
  c.write('still');
  assert.equal((await read(d, 5)).toString(), 'still');
  for (const socket of [c, d]) socket.destroy();
});

test('where there is no room, both are reset', async () => {
  const joining = createJoining(systemClock, 0);
  const [[a, nearA], [b, nearB]] = [await socketPair(), await socketPair()];
  await joining.join('paris', plainEnd(nearA), plainEnd(nearB));
  assert.deepEqual(await Promise.all([ending(a), ending(b)]), ['ECONNRESET', 'ECONNRESET']);
});

test('one link leaves room for others, and what ends makes room', async () => {
  const joining = createJoining(systemClock, 4);
  const ends = async (link: string) => {
    const [[a, nearA], [b, nearB]] = [await socketPair(), await socketPair()];
    const done = joining.join(link, plainEnd(nearA), plainEnd(nearB));
    return { a, b, done, isJoined: !nearA.destroyed };
  };
  const paris = [await ends('paris'), await ends('paris'), await ends('paris')];
  assert.deepEqual(
    paris.map(({ isJoined }) => isJoined),
    [true, true, false],
  );
  const rome = await ends('rome');
  assert.equal(rome.isJoined, true);
  for (const { a, b } of [...paris, rome]) {
    a.destroy();
    b.destroy();
  }
  await Promise.all([...paris, rome].map(({ done }) => done));
  const again = await ends('paris');
  assert.equal(again.isJoined, true);
  again.a.destroy();
  again.b.destroy();
  await again.done;
});
