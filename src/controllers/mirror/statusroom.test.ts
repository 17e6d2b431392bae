import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fakeClock } from '../../../test/gen/clock.js';
import { createStatusRoom, urgentPause } from './statusroom.js';

const idle = { idle: () => true, urgent: () => false };
const busy = { idle: () => false, urgent: () => false };
const urgent = { idle: () => false, urgent: () => true };

describe('createStatusRoom()', () => {
  const cases = {
    'all that the API server takes while nothing else is written': {
      carrying: [idle, idle],
      limit: 24,
      is: 24,
    },
    'three beside Services or slices': { carrying: [idle, busy], limit: 24, is: 3 },
    'one beside what is urgent': { carrying: [busy, urgent], limit: 24, is: 1 },
    'never more than the API server takes': { carrying: [busy, busy], limit: 2, is: 2 },
  };
  for (const [what, { carrying, limit, is }] of Object.entries(cases))
    it(`allows ${what}`, () => {
      const room = createStatusRoom({ clock: fakeClock(), limit: () => limit, carrying: () => carrying });
      assert.equal(room.atOnce(), is);
    });

  const turns = {
    'at once while nothing else is written': { carrying: [idle, idle], after: 0 },
    'at once beside Services or slices': { carrying: [busy, idle], after: 0 },
    'after a pause beside what is urgent': { carrying: [idle, urgent], after: urgentPause },
  };
  for (const [what, { carrying, after }] of Object.entries(turns))
    it(`begins a status ${what}`, async () => {
      const clock = fakeClock();
      let begun = false;
      const room = createStatusRoom({ clock, limit: () => 24, carrying: () => carrying });
      void room.inTurn(async () => void (begun = true))('ns/name', new AbortController().signal);
      await clock.advance(Math.max(0, after - 1));
      assert.equal(begun, after === 0);
      await clock.advance(1);
      assert.ok(begun);
    });
});
