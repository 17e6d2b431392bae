import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createVerdicts } from './gateway.js';

test('createVerdicts() takes the third failure in a row for the loss, and the first success for the return', async () => {
  const verdicts = createVerdicts();
  verdicts.answered(true, 1);
  const lost = verdicts.next(false);
  for (const [at, well] of [false, false, true, false, false, false, false].entries())
    verdicts.answered(well, 10 + at);
  assert.equal(await lost, 15);
  const back = verdicts.next(true);
  verdicts.answered(false, 20);
  verdicts.answered(true, 21);
  assert.equal(await back, 21);
});
