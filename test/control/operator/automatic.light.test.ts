import { after, before, suite } from 'node:test';
import type { Operator } from '../../driver/operator.js';
import { startClusters, type OperatorClusters } from './clusters.js';
import { automatic, unattended } from './stories/automatic.js';

suite('automatic mirrors on real API servers', () => {
  let clusters: OperatorClusters;
  let operator: Operator;

  before(async () => {
    clusters = await startClusters();
    operator = await clusters.london.startOperator('--no-leader-election');
  });
  after(async () => {
    await operator.stop();
    await clusters.close();
  });

  suite('side by side', { concurrency: 8 }, () => {
    automatic(() => clusters);
  });
  unattended(
    () => clusters,
    async (whileDown) => {
      await operator.stop();
      await whileDown();
      operator = await clusters.london.startOperator('--no-leader-election');
    },
  );
});
