import { suite } from 'node:test';
import { withOperator } from './clusters.js';
import { automatic, unattended } from './stories/automatic.js';
import { converging } from './stories/converging.js';
import { handwritten } from './stories/handwritten.js';

suite('automatic mirrors on real API servers', () => {
  const { clusters, restarted } = withOperator();

  suite('side by side', { concurrency: 8 }, () => {
    automatic(clusters);
    handwritten(clusters);
    converging(clusters);
  });
  unattended(clusters, restarted);
});
