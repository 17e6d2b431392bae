import { suite } from 'node:test';
import { withOperator } from './clusters.js';
import { exporting } from './stories/exporting.js';
import { settling } from './stories/settling.js';

suite('mirrors on real API servers', { concurrency: 4 }, () => {
  const { clusters } = withOperator();

  settling(clusters);
  exporting(clusters);
});
