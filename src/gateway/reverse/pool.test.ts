import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { eventually } from '../../../test/driver/eventually.js';
import { fakeClock } from '../../../test/gen/clock.js';
import { read } from '../../../test/conformance/client.js';
import { socketPair } from '../../../test/conformance/socketpair.js';
import { createPool, NoSpareError } from './pool.js';
import { createTokens } from './tokens.js';

const never = new AbortController().signal;

/** A pool, and gateway pods of its peer that dial only when they are told to. */
function aPool(t: TestContext, target = 8) {
  const clock = fakeClock();
  const tokens = createTokens(clock);
  const pool = createPool({ clock, tokens, target, patience: 2_000, random: () => 0.5 });
  const open: Socket[] = [];
  t.after(() => open.forEach((socket) => void socket.destroy()));

  function join() {
    const ordered: string[] = [];
    const member = pool.join({
      order: (more) => void ordered.push(...more),
      ask: async () => true,
    });
    /** Dials for the oldest order; gives the peer's end, on which the pool has said that it has taken it. */
    const dial = async () => {
      const token = ordered.shift();
      assert.ok(token !== undefined, 'nothing is ordered');
      const [near, far] = await socketPair();
      open.push(near, far);
      assert.equal(tokens.redeem(token, far), true);
      assert.equal((await read(near, 1)).toString(), '+');
      return near;
    };
    return { ordered, member, dial };
  }
  return { clock, tokens, pool, join };
}

test('spares are ordered four at a time until there are enough', async (t) => {
  const { pool, join } = aPool(t);
  const { ordered, dial } = join();
  assert.equal(ordered.length, 4);
  for (let count = 1; count <= 8; count++) {
    await dial();
    assert.equal(pool.size(), count);
    assert.equal(ordered.length, Math.min(4, 8 - count));
  }
});

test('a spare is handed out once, the oldest first, and replaced', async (t) => {
  const { pool, join } = aPool(t, 2);
  const { ordered, dial } = join();
  const [first, second] = [await dial(), await dial()];
  await dial();
  await dial();
  assert.equal(ordered.length, 0);
  for (const [near, word] of [
    [first, 'one'],
    [second, 'two'],
  ] as const) {
    (await pool.take(never)).write(word);
    assert.equal((await read(near, 3)).toString(), word);
  }
  assert.equal(pool.size(), 2);
  assert.equal(ordered.length, 2);
});

test('while nobody has dialled in, nobody waits', async (t) => {
  const { clock, pool, join } = aPool(t);
  await assert.rejects(pool.take(never), NoSpareError);
  const { member } = join();
  member.leave();
  await clock.advance(5_000);
  await assert.rejects(pool.take(never), /dialled in/);
});

test('a client waits for a gateway that has left just now and dials again', async (t) => {
  const { clock, pool, join } = aPool(t);
  join().member.leave();
  await clock.advance(1_000);
  const taken = pool.take(never);
  const near = await join().dial();
  (await taken).write('back');
  assert.equal((await read(near, 4)).toString(), 'back');
});

test('who finds no spare waits for the next one, and as many are ordered as wait', async (t) => {
  const { pool, join } = aPool(t);
  const { ordered, dial } = join();
  const waiting = Array.from({ length: 20 }, () => pool.take(never));
  assert.equal(ordered.length, 28);
  const near = await dial();
  (await waiting[0]!).write('first');
  assert.equal((await read(near, 5)).toString(), 'first');
  assert.equal(pool.size(), 0);
  waiting.slice(1).forEach((one) => void one.catch(() => {}));
});

test('nobody waits for longer than two seconds, nor after leaving', async (t) => {
  const { clock, pool, join } = aPool(t);
  join();
  const leaving = new AbortController();
  const [late, left] = [pool.take(never), pool.take(leaving.signal)];
  leaving.abort(new Error('the client left'));
  await assert.rejects(left, /the client left/);
  const failed = assert.rejects(late, NoSpareError);
  await clock.advance(2_000);
  await failed;
});

test('a spare that ends, speaks or fails is never handed out, and replaced after a pause', async (t) => {
  const spoil: Readonly<Record<string, (near: Socket) => unknown>> = {
    ends: (near) => near.end(),
    speaks: (near) => near.write('hello'),
    fails: (near) => near.resetAndDestroy(),
  };
  for (const [what, make] of Object.entries(spoil)) {
    const { clock, pool, join } = aPool(t, 4);
    const { ordered, dial } = join();
    const nears = [await dial(), await dial(), await dial(), await dial()];
    make(nears[0]!);
    await eventually(() => assert.equal(pool.size(), 3, what));
    assert.equal(ordered.length, 0, what);
    await clock.advance(500);
    assert.equal(ordered.length, 1, what);
  }
});

test('a spare is dropped when it is old', async (t) => {
  const { clock, pool, join } = aPool(t, 4);
  const { dial } = join();
  const near = await dial();
  await clock.advance(179_000);
  assert.equal(pool.size(), 1);
  await clock.advance(1_000);
  assert.equal(pool.size(), 0);
  await eventually(() => near.readableEnded || near.destroyed || near.read() !== null);
});

test('what a pod could not dial is ordered again after a pause; tokens of others do not count', async (t) => {
  const { clock, join } = aPool(t);
  const [one, other] = [join(), join()];
  const before = other.ordered.length;
  one.member.lost(other.ordered);
  one.member.lost(one.ordered.splice(0));
  assert.equal(one.ordered.length, 0);
  await clock.advance(500);
  assert.equal(one.ordered.length, 4);
  assert.equal(other.ordered.length, before);
  await other.dial();
});

test('a pod that leaves takes its spares and its orders along, and the others fill up', async (t) => {
  const { tokens, pool, join } = aPool(t);
  const one = join();
  const other = join();
  const near = await one.dial();
  await other.dial();
  const [token = ''] = one.ordered;
  one.member.leave();
  assert.equal(pool.size(), 1);
  assert.equal(pool.members(), 1);
  const [, far] = await socketPair();
  assert.equal(tokens.redeem(token, far), false);
  far.destroy();
  await eventually(() => near.readableEnded || near.destroyed || near.read() !== null);
  for (let count = 2; count <= 8; count++) await other.dial();
  assert.equal(other.ordered.length, 0);
});

test('no more than a thousand clients wait', async (t) => {
  const { pool, join } = aPool(t);
  join();
  const waiting = Array.from({ length: 1_024 }, () => pool.take(never));
  waiting.forEach((one) => void one.catch(() => {}));
  await assert.rejects(pool.take(never), /too many clients/);
});

test('where a spare is found dead, those beside it go, and new ones are ordered at once', async (t) => {
  const { pool, join } = aPool(t);
  const [one, other] = [join(), join()];
  for (let count = 0; count < 4; count++) await one.dial();
  await other.dial();
  const dead = await pool.take(never);
  pool.doubt(dead);
  assert.equal(pool.size(), 1);
  assert.equal(one.ordered.length, 4);
  pool.doubt(dead);
  assert.equal(pool.size(), 1);
  dead.destroy();
});
