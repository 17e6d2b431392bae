import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { statusRoom } from './statusroom.js';

const idle = { idle: () => true, urgent: () => false };
const busy = { idle: () => false, urgent: () => false };
const urgent = { idle: () => false, urgent: () => true };

describe('statusRoom()', () => {
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
    it(`is ${what}`, () => assert.equal(statusRoom(limit, carrying), is));
});
