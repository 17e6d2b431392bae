import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fakeClock } from '../../test/gen/clock.js';
import type { ApplyResult } from '../runtime/apply.js';
import { ApiError, NetworkError } from '../runtime/errors.js';
import { silent } from '../runtime/log.js';
import { createRefusals, type WrittenPart } from './refusals.js';

const key = 'default/hello';
const quota = new ApiError('exceeded quota: q', { status: 403, reason: 'Forbidden' });

function start() {
  const clock = fakeClock();
  const told: string[] = [];
  let writes = 0;
  const refusals = createRefusals({ clock, log: silent, onChange: (one) => told.push(one), random: () => 0 });
  const attempt = (outcome: ApplyResult | Error, wish: object = { a: 1 }, part: WrittenPart = 'service') =>
    refusals.attempt({
      ...{ key, part, wish, what: 'Service "hello"' },
      write: async () => {
        writes += 1;
        if (outcome instanceof Error) throw outcome;
        return [outcome];
      },
    });
  return { refusals, attempt, clock, told, writes: () => writes };
}

describe('createRefusals()', () => {
  it('keeps the words of the server, and tells of them once', async () => {
    const { refusals, attempt, told } = start();
    const outcome = await attempt(quota);
    assert.deepEqual(outcome.kind === 'refused' && [outcome.fresh, outcome.requeueAfter], [true, 5_000]);
    assert.match(
      refusals.of(key, 'service').message ?? '',
      /does not take Service "hello": exceeded quota: q$/,
    );
    assert.deepEqual(told, [key]);
  });

  it('does not try the same again before its time, and within a minute at last', async () => {
    const { attempt, clock, writes, told } = start();
    for (let n = 0; n < 8; n += 1) {
      const outcome = await attempt(quota);
      const wait = outcome.kind === 'refused' ? outcome.requeueAfter : 0;
      assert.ok(wait > 0 && wait < 60_000, `${wait}`);
      const before = writes();
      assert.equal((await attempt(quota)).kind, 'refused');
      assert.equal(writes(), before);
      await clock.advance(wait);
    }
    assert.equal((await attempt('created')).kind, 'done');
    assert.deepEqual(told, [key, key]);
  });

  it('tries something else at once', async () => {
    const { attempt, refusals } = start();
    await attempt(quota);
    assert.equal((await attempt('updated', { a: 2 })).kind, 'done');
    assert.deepEqual(refusals.of(key, 'service'), { tried: true });
  });

  it('lets failures through that are no refusals', async () => {
    const { attempt, refusals } = start();
    await assert.rejects(() => attempt(new NetworkError('reset', { code: 'ECONNRESET' })), NetworkError);
    await assert.rejects(
      () => attempt(new ApiError('changed', { status: 409, reason: 'Conflict' })),
      ApiError,
    );
    assert.deepEqual(refusals.of(key, 'service'), { tried: false });
  });

  it('stops to write what is changed back each time, and does not take a few repairs for that', async () => {
    const { attempt, clock, refusals } = start();
    for (let n = 0; n < 9; n += 1) assert.equal((await attempt('updated')).kind, 'done');
    assert.equal((await attempt('updated')).kind, 'refused');
    assert.match(refusals.of(key, 'service').message ?? '', /changed back by somebody/);
    assert.equal((await attempt('updated')).kind, 'refused');
    await clock.advance(60_000);
    assert.equal((await attempt('updated')).kind, 'done');
  });

  it('tells nobody of a status that is refused: there is nowhere to say it', async () => {
    const { attempt, told } = start();
    assert.equal((await attempt(quota, {}, 'status')).kind, 'refused');
    assert.deepEqual(told, []);
  });

  it('remembers nothing of a mirror that went while it was written', async () => {
    const { clock } = start();
    const told: string[] = [];
    const refusals = createRefusals({ clock, log: silent, onChange: (one) => told.push(one) });
    const during = (outcome: ApplyResult | Error) =>
      refusals.attempt({
        ...{ key, part: 'service', wish: {}, what: 'Service "hello"' },
        write: async () => {
          refusals.forget(key);
          if (outcome instanceof Error) throw outcome;
          return [outcome];
        },
      });
    await during(quota);
    await during('created');
    assert.deepEqual(refusals.of(key, 'service'), { tried: false });
    assert.deepEqual(told, []);
  });

  it('forgets a mirror that is gone', async () => {
    const { attempt, refusals } = start();
    await attempt(quota);
    refusals.forget(key);
    assert.deepEqual(refusals.of(key, 'service'), { tried: false });
  });
});
