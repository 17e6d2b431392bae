import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { condition } from '../../test/gen/gen.js';
import {
  conditionOf,
  invitationReasons,
  linkReasons,
  mirrorReasons,
  toConditions,
  type DesiredCondition,
} from './conditions.js';

const ready = (status: DesiredCondition['status'], message = 'm'): DesiredCondition => ({
  type: 'Ready',
  status,
  reason: 'R',
  message,
});
const stamp = { now: '2026-02-02T00:00:00Z', generation: 3 };

describe('toConditions()', () => {
  const cases: Record<
    string,
    { condition: DesiredCondition; before: ReturnType<typeof condition>[] | undefined; at: string }
  > = {
    'dates a condition that is new': { condition: ready('True'), before: undefined, at: stamp.now },
    'dates a condition that only others were there before': {
      condition: ready('True'),
      before: [condition('Synced')],
      at: stamp.now,
    },
    'keeps the time while the status stays, whatever is said': {
      condition: ready('True', 'other words'),
      before: [condition('Ready', 'True', 'Other')],
      at: '2026-01-01T00:00:00Z',
    },
    'dates a condition whose status changes': {
      condition: ready('False'),
      before: [condition('Ready', 'True')],
      at: stamp.now,
    },
    'takes Unknown as a status of its own': {
      condition: ready('Unknown'),
      before: [condition('Ready', 'False')],
      at: stamp.now,
    },
  };
  for (const [sentence, { condition, before, at }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.deepEqual(toConditions([condition], before, stamp), [
        { ...condition, observedGeneration: 3, lastTransitionTime: at },
      ]);
    });
  }

  it('cuts what is too long to read', () => {
    assert.equal(toConditions([ready('True', 'x'.repeat(5_000))], undefined, stamp)[0]?.message.length, 1024);
  });

  it('claims no generation that it does not know', () => {
    const [only] = toConditions([ready('True')], undefined, { ...stamp, generation: undefined });
    assert.equal('observedGeneration' in (only ?? {}), false);
  });
});

it('toConditions() cuts no character in two, which the API server would store as another', () => {
  const [only] = toConditions(
    [{ type: 'Ready', status: 'False', reason: 'Pending', message: `${'a'.repeat(1023)}😀` }],
    undefined,
    { now: '2026-01-01T00:00:00Z', generation: 1 },
  );
  assert.equal(only?.message.isWellFormed(), true);
});

describe('conditionOf()', () => {
  it('finds a condition by its type', () => {
    const object = { status: { conditions: [condition('Synced'), condition('Ready')] } };
    assert.equal(conditionOf(object, 'Ready')?.type, 'Ready');
    assert.equal(conditionOf(object, 'Accepted'), undefined);
  });

  it('finds nothing in nothing', () => {
    assert.equal(conditionOf(undefined, 'Ready'), undefined);
    assert.equal(conditionOf({}, 'Ready'), undefined);
    assert.equal(conditionOf({ status: {} }, 'Ready'), undefined);
  });
});

it('every reason is written as its own name, in CamelCase as the API wants it', () => {
  for (const [name, value] of Object.entries({ ...mirrorReasons, ...linkReasons, ...invitationReasons })) {
    assert.equal(value, name);
    assert.match(value, /^[A-Z][A-Za-z]*$/);
  }
});
