import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { withOperator } from './clusters.js';
import { credentials } from './stories/credentials.js';
import { crowding } from './stories/crowding.js';
import { faults } from './stories/faults.js';
import { oldObjects } from './stories/oldobjects.js';
import { outages } from './stories/outages.js';
import { relinking } from './stories/relinking.js';
import { renewing } from './stories/renewing.js';

suite('Links on real API servers', () => {
  const { clusters, operator } = withOperator();

  suite('side by side', { concurrency: 8 }, () => {
    credentials(clusters);
    relinking(clusters);
  });
  suite('one after the other', () => {
    oldObjects(clusters);
    crowding(clusters);
    outages(clusters, operator);
  });

  test('no secret was ever logged', async () => {
    const log = JSON.stringify(await operator().log());
    assert.match(log, /list failed/);
    assert.doesNotMatch(log, /a-wrong-token|eyJ/);
  });

  suite('in this process', () => {
    before(() => operator().stop());
    faults(clusters);
    renewing(clusters);
  });
});
