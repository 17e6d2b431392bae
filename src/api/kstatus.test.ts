import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { LinkReason, MirrorReason, DesiredCondition } from './conditions.js';
import { withProgress } from './kstatus.js';

type Reason = MirrorReason | LinkReason;
const ready = (status: DesiredCondition['status'], reason: Reason): DesiredCondition<Reason> => ({
  type: 'Ready',
  status,
  reason,
  message: 'why',
});

const cases: Readonly<Record<string, readonly [DesiredCondition<Reason>, readonly string[]]>> = {
  'what is ready has nothing beside': [ready('True', 'Ready'), []],
  'what somebody must mend is stalled': [ready('False', 'NameConflict'), ['Stalled']],
  'so is a Link whose peer is another': [ready('False', 'PeerMismatch'), ['Stalled']],
  'what is on its way is reconciling': [ready('False', 'Pending'), ['Reconciling']],
  'also when nobody knows yet': [ready('Unknown', 'Pending'), ['Reconciling']],
  'what the other cluster decides is neither': [ready('False', 'NotExported'), []],
  'nor is what the gateway decides': [ready('False', 'GatewayUnhealthy'), []],
  'nor a cluster out of reach': [ready('False', 'Unreachable'), []],
};

for (const [sentence, [condition, types]] of Object.entries(cases))
  it(sentence, () => {
    const [first, ...found] = withProgress([condition]);
    assert.equal(first, condition);
    assert.deepEqual(
      found.map(({ type }) => type),
      types,
    );
    for (const { status, reason, message } of found)
      assert.deepEqual([status, reason, message], ['True', condition.reason, condition.message]);
  });
