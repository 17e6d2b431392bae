import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fakeClock } from '../../../test/gen/clock.js';
import { encodeHeard } from '../../protocol/trustreport.js';
import { createHeartbeats, deadAfter } from './heartbeat.js';

const says = (beat: number, ...prints: string[]) => encodeHeard(new Map([['paris', prints]]), beat);

describe('createSightings()', () => {
  it('counts an entry for as long as it changes now and then', async () => {
    const clock = fakeClock();
    const heartbeats = createHeartbeats(clock);
    const count = (entries: Record<string, string>) => heartbeats.alive(entries).length;
    assert.equal(count({ a: says(1), b: says(1) }), 2);
    await clock.advance(deadAfter - 1);
    assert.equal(count({ a: says(2), b: says(1) }), 2);
    await clock.advance(1);
    assert.equal(count({ a: says(2), b: says(1) }), 1);
    assert.deepEqual(heartbeats.dead({ a: says(2), b: says(1) }), ['b']);
    assert.equal(count({ a: says(2), b: says(2) }), 2);
  });

  it('reads them', () => {
    const [heard] = createHeartbeats(fakeClock()).alive({ a: says(1, 'x') });
    assert.deepEqual(heard?.get('paris'), ['x']);
  });
});
