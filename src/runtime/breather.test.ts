import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fakeClock } from '../../test/gen/clock.js';
import { createBreather, longestBreath } from './breather.js';

describe('createBreather()', () => {
  it('goes on at once until it is time', async () => {
    const clock = fakeClock();
    const breathe = createBreather(clock);
    assert.equal(breathe(), undefined);
    await clock.advance(longestBreath - 1);
    assert.equal(breathe(), undefined);
  });

  it('then lets timers and sockets have their turn, for all who ask, and begins anew', async () => {
    const clock = fakeClock();
    const breathe = createBreather(clock);
    await clock.advance(longestBreath);
    let turned = false;
    setImmediate(() => (turned = true));
    const turn = breathe();
    assert.equal(breathe(), turn, 'one after the other they would keep each other waiting');
    await turn;
    assert.ok(turned);
    assert.equal(breathe(), undefined);
  });
});
