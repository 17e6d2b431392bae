import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { anInput } from '../../test/gen/gen.js';
import { numbers } from '../../test/gen/numbers.js';
import { silent, statesOf, type Seen } from '../../test/gen/seenbackends.js';
import type { BackendState } from '../api/mirrorstatus.js';
import { rolesOf } from './roles.js';

interface Case {
  readonly minReady?: number | string;
  readonly seen: readonly Seen[];
  readonly are: readonly string[];
}

const cases: Record<string, Case> = {
  'all of the lowest priority serve': {
    seen: [{ name: 'a' }, { name: 'b' }, { name: 'c', priority: 1 }],
    are: ['a Serving', 'b Serving', 'c Standby clusters of priority 0 serve'],
  },
  'the order of the spec does not matter': {
    seen: [{ name: 'c', priority: 1 }, { name: 'a' }],
    are: ['c Standby clusters of priority 0 serve', 'a Serving'],
  },
  'one that has no ready endpoint leaves it to those beside it': {
    seen: [{ name: 'a', ready: 0, total: 2 }, { name: 'b' }, { name: 'c', priority: 1 }],
    are: ['a NotReady', 'b Serving', 'c Standby clusters of priority 0 serve'],
  },
  'the next priority serves when none of the one before can': {
    seen: [
      { name: 'a', gone: true },
      { name: 'b', refused: true },
      { name: 'c', priority: 7 },
      { name: 'd', priority: 8 },
    ],
    are: ['a NotReady', 'b NotReady', 'c Serving', 'd Standby clusters of priority 7 serve'],
  },
  'a weight of 0 takes nothing, as if it were not there': {
    seen: [
      { name: 'a', weight: 0 },
      { name: 'b', priority: 1 },
    ],
    are: ['a Standby its weight is 0', 'b Serving'],
  },
  'nothing serves when all weights are 0': {
    seen: [
      { name: 'a', weight: 0 },
      { name: 'b', weight: 0 },
    ],
    are: ['a Standby its weight is 0', 'b Standby its weight is 0'],
  },
  'nothing serves when all are gone': {
    seen: [
      { name: 'a', gone: true },
      { name: 'b', ready: 0 },
    ],
    are: ['a NotReady', 'b NotReady'],
  },
  'one that comes back waits for minReady endpoints': {
    minReady: 2,
    seen: [
      { name: 'a', ready: 1, total: 3, before: 'NotReady' },
      { name: 'b', priority: 1, before: 'Serving' },
    ],
    are: ['a Standby it waits for as many ready endpoints as spec.minReady says', 'b Serving'],
  },
  'one that has them takes its traffic back': {
    minReady: '50%',
    seen: [
      { name: 'a', ready: 2, total: 4, before: 'Standby' },
      { name: 'b', priority: 1, before: 'Serving' },
    ],
    are: ['a Serving', 'b Standby clusters of priority 0 serve'],
  },
  'a percentage is of all of its endpoints': {
    minReady: '50%',
    seen: [
      { name: 'a', ready: 1, total: 3, before: 'Standby' },
      { name: 'b', priority: 1, before: 'Serving' },
    ],
    are: ['a Standby it waits for as many ready endpoints as spec.minReady says', 'b Serving'],
  },
  'one that serves goes on with fewer': {
    minReady: 3,
    seen: [
      { name: 'a', ready: 1, total: 3, before: 'Serving' },
      { name: 'b', priority: 1, before: 'Standby', ready: 3 },
    ],
    are: ['a Serving', 'b Standby clusters of priority 0 serve'],
  },
  'fewer are better than none, when nobody has as many': {
    minReady: 3,
    seen: [
      { name: 'a', ready: 1, before: 'NotReady' },
      { name: 'b', priority: 1, ready: 1, before: 'NotReady' },
    ],
    are: ['a Serving', 'b Standby clusters of priority 0 serve'],
  },
  'after a start, while nothing is known, all is as it was': {
    seen: [
      { name: 'a', answer: silent, before: 'NotReady' },
      { name: 'b', priority: 1, answer: silent, before: 'Serving' },
      { name: 'c', priority: 2, answer: silent, before: 'Standby' },
      { name: 'd', priority: 0, answer: silent },
    ],
    are: ['a NotReady', 'b Serving', 'c Standby clusters of priority 1 serve', 'd NotReady'],
  },
  'after a start in the middle of a switch, what the slices lead to serves, whatever the status says': {
    seen: [
      { name: 'a', answer: silent, before: 'Serving', listed: false },
      { name: 'b', priority: 1, answer: silent, before: 'Standby', listed: true },
    ],
    are: ['a Standby it has not been seen since the start of the operator', 'b Serving'],
  },
  'one that stood by and has not been seen since the start takes nothing over: its slices lead nowhere': {
    seen: [
      { name: 'a', ready: 0, before: 'Serving', listed: true },
      { name: 'b', priority: 1, answer: silent, before: 'Standby', listed: false },
      { name: 'c', priority: 2, before: 'Standby', listed: false },
    ],
    are: ['a NotReady', 'b Standby it has not been seen since the start of the operator', 'c Serving'],
  },
  'one that the status does not name serves if its slices do, and goes on with fewer than minReady': {
    minReady: 3,
    seen: [
      { name: 'a', answer: silent, listed: true },
      { name: 'b', ready: 1, listed: true },
      { name: 'c', priority: 1, ready: 3 },
      { name: 'd', answer: silent, listed: false },
    ],
    are: ['a Serving', 'b Serving', 'c Standby clusters of priority 0 serve', 'd NotReady'],
  },
};

const serving = (said: readonly string[]) => said.filter((one) => one.includes(' Serving'));
const after = (each: Seen, said: string): Seen => ({ ...each, before: said.split(' ')[1] as BackendState });

const having = (minReady: Case['minReady']) => (minReady === undefined ? {} : { minReady });

describe('rolesOf()', () => {
  for (const [sentence, { minReady, seen, are }] of Object.entries(cases))
    it(sentence, () => assert.deepEqual(statesOf(having(minReady), ...seen), are));

  it('leaves the only backend of a mirror alone: its conditions say whether it serves', () => {
    const { view, backends } = anInput({ notAccepted: { reason: 'LinkNotFound', message: '' } });
    assert.deepEqual(rolesOf({ view, backends }), [{ state: 'Serving', priority: 0, weight: 1 }]);
  });

  it('says the same again when slices and status say what it said', () => {
    const random = numbers(12);
    const one = <T>(...all: readonly T[]): T => all[random(all.length)]!;
    for (let round = 0; round < 3_000; round++) {
      const minReady = one<number | string | undefined>(undefined, 1, 2, '50%', 3);
      const seen = ['a', 'b', 'c', 'd'].slice(0, one<number>(1, 2, 3, 4)).map((name): Seen => {
        const before = one<BackendState | undefined>(undefined, 'Serving', 'Standby', 'NotReady');
        return {
          ...{
            name,
            priority: one<number>(0, 0, 1, 2),
            weight: one<number>(0, 1, 5),
            ready: one<number>(0, 1, 2, 3),
            total: 4,
          },
          ...(before !== undefined && { before }),
          ...one<Partial<Seen>>({}, {}, { answer: silent }, { gone: true }, { refused: true }),
          ...one<Partial<Seen>>({}, { listed: true }, { listed: false }),
        };
      });
      const said = statesOf(having(minReady), ...seen);
      const next = seen.map((each, at): Seen => {
        const { listed, answer, ready = 0, ...rest } = after(each, said[at]!);
        const isSilent = answer !== undefined;
        // slices of one that is not seen stay, and those of one that does not serve are not ready
        if (isSilent && listed === undefined) return { ...rest, answer, ready };
        const isListed = rest.before === 'Serving' && (isSilent ? listed === true : ready > 0);
        return { ...rest, ready, listed: isListed, ...(isSilent && { answer }) };
      });
      const again = statesOf(having(minReady), ...next);
      assert.deepEqual(again, statesOf(having(minReady), ...next.map((each, at) => after(each, again[at]!))));
      assert.deepEqual(serving(again), serving(said), JSON.stringify({ minReady, seen, said, again }));
    }
  });
});
