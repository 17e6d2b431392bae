import assert from 'node:assert/strict';
import { test } from 'node:test';
import { read } from '../../../test/conformance/client.js';
import { startTarget } from '../../../test/conformance/target.js';
import { fakeClock } from '../../../test/gen/clock.js';
import { systemClock } from '../../runtime/clock.js';
import { dialSpare, whenUsed } from './spare.js';

const never = new AbortController().signal;
const token = 'ab'.repeat(32);
const to = (port: number) => ({ clock: systemClock, ip: '127.0.0.1', port, token, timeout: 5_000 });

test('a spare that is taken waits for the first bytes, which stay unread', async () => {
  await using hub = await startTarget((socket) => socket.write('+'));
  const spare = await dialSpare(to(hub.port), never);
  assert.ok(spare !== undefined);
  const used = whenUsed(spare, systemClock, never);
  const said = await read(hub.accepted[0]!, 38);
  assert.equal(said.toString('latin1', 0, 5), 'SMD1S');
  hub.accepted[0]!.write('hello');
  assert.equal(await used, true);
  assert.equal((await read(spare, 5)).toString(), 'hello');
  spare.destroy();
});

test('a pod that does not know the token closes', async () => {
  await using hub = await startTarget((socket) => socket.end());
  assert.equal(await dialSpare(to(hub.port), never), undefined);
});

test('a spare that ends before it is used is of no use', async () => {
  await using hub = await startTarget((socket) => socket.end('+'));
  const spare = await dialSpare(to(hub.port), never);
  assert.ok(spare !== undefined);
  assert.equal(await whenUsed(spare, systemClock, never), false);
  assert.equal(spare.destroyed, true);
});

test('a spare that is not wanted any more ends', async () => {
  await using hub = await startTarget((socket) => socket.write('+'));
  const ending = new AbortController();
  const spare = await dialSpare(to(hub.port), ending.signal);
  assert.ok(spare !== undefined);
  const used = whenUsed(spare, systemClock, ending.signal);
  ending.abort(new Error('the control connection is gone'));
  assert.equal(await used, false);
  assert.equal(spare.destroyed, true);
});

test('a pod that says nothing is given up', async () => {
  const clock = fakeClock();
  await using hub = await startTarget(() => {});
  const dialled = assert.rejects(dialSpare({ ...to(hub.port), clock }, never), /no answer within 5000 ms/);
  while (hub.accepted.length === 0) await clock.advance(0);
  await read(hub.accepted[0]!, 38);
  await clock.advance(5_000);
  await dialled;
});
