import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { statesOf, type Seen } from '../../test/gen/seenbackends.js';

const cases: Record<string, { readonly seen: readonly Seen[]; readonly are: readonly string[] }> = {
  'the closest of one priority serves alone': {
    seen: [
      { name: 'a', ms: 40 },
      { name: 'b', ms: 10 },
      { name: 'c', ms: 1, priority: 1 },
    ],
    are: ['a Standby a closer cluster serves', 'b Serving', 'c Standby clusters of priority 0 serve'],
  },
  'one that serves is kept while the other is hardly closer': {
    seen: [
      { name: 'a', ms: 40, before: 'Serving' },
      { name: 'b', ms: 31, before: 'Standby' },
    ],
    are: ['a Serving', 'b Standby a closer cluster serves'],
  },
  'and while all are close': {
    seen: [
      { name: 'a', ms: 6, before: 'Serving' },
      { name: 'b', ms: 1, before: 'Standby' },
    ],
    are: ['a Serving', 'b Standby a closer cluster serves'],
  },
  'one that is clearly closer takes over': {
    seen: [
      { name: 'a', ms: 40, before: 'Serving' },
      { name: 'b', ms: 29, before: 'Standby' },
    ],
    are: ['a Standby a closer cluster serves', 'b Serving'],
  },
  'this cluster is closer than any other': {
    seen: [
      { name: 'a', ms: 2, before: 'Serving' },
      { name: 'local', ms: 0, before: 'Standby' },
    ],
    are: ['a Standby a closer cluster serves', 'local Serving'],
  },
  'one whose distance is not known stays, and comes after those whose distance is': {
    seen: [
      { name: 'a', before: 'Serving' },
      { name: 'b', ms: 2, before: 'Standby' },
    ],
    are: ['a Serving', 'b Standby a closer cluster serves'],
  },
  'a distance is better than none': {
    seen: [{ name: 'a' }, { name: 'b', ms: 300 }],
    are: ['a Standby a closer cluster serves', 'b Serving'],
  },
  'the next closest takes over': {
    seen: [
      { name: 'a', ms: 1, ready: 0, before: 'Serving' },
      { name: 'b', ms: 300, before: 'Standby' },
    ],
    are: ['a NotReady', 'b Serving'],
  },
};

describe('rolesOf() with trafficDistribution: PreferClose', () => {
  for (const [sentence, { seen, are }] of Object.entries(cases))
    it(sentence, () => assert.deepEqual(statesOf({ trafficDistribution: 'PreferClose' }, ...seen), are));
});
