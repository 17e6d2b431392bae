import assert from 'node:assert/strict';
import { before, suite, test, type TestContext } from 'node:test';
import { runSealed } from '../../../../tools/clusters/sealed.js';
import { total, verdicts, type Tally } from '../ledger.js';
import type { Outcome, Outcomes, Plan } from '../plan.js';

/** The stories as tests, each of which tells its figures. @param progress takes lines while they are played */
export function orderHolds(plan: Plan, progress: (line: string) => void): void {
  suite(`order holds over ${plan.implementation}`, () => {
    let outcomes: Outcomes;
    before(async () => {
      outcomes = await runSealed<Outcomes>(new URL('../main.js', import.meta.url), plan, progress);
    });

    test(`${plan.burst} mirrors made at once are right from the first moment`, (t) => {
      tell(t, outcomes.burst);
      const { tallies } = outcomes.burst;
      for (const [phase, tally] of Object.entries(tallies)) {
        assert.deepEqual(wrong(tally), { refused: 0, unresolved: 0, skewed: 0, misrouted: 0 }, phase);
        assert.equal(tally.right, plan.burst, phase);
      }
      assert.equal(Object.keys(tallies).length, 2);
    });

    test(`no connection reaches another service while ${plan.churn} mirrors come and go`, (t) => {
      tell(t, outcomes.churn);
      const { tallies } = outcomes.churn;
      const sum = total(tallies);
      // what only the order of two watches can do to a client has never been seen: more of it would be ours
      assert.deepEqual([sum.misrouted, sum.skewed], [0, 0]);
      // a route stays for longer than its address: who saw the address a moment ago still gets through
      assert.equal(tallies['mirrors come and go']?.refused, 0);
      assert.ok(sum.right > 2 * plan.churn, 'hardly anybody got through');
      assert.equal(tallies['afterwards']?.right, plan.churn, 'not all is well again afterwards');
    });
  });
}

function wrong({ refused, unresolved, skewed, misrouted }: Tally) {
  return { refused, unresolved, skewed, misrouted };
}

function tell(t: TestContext, { tallies, complaints, figures }: Outcome): void {
  for (const [phase, tally] of Object.entries(tallies))
    t.diagnostic(`${phase}: ${verdicts.map((verdict) => `${verdict} ${tally[verdict]}`).join(', ')}`);
  for (const line of [...complaints, JSON.stringify(figures)]) t.diagnostic(line);
}
