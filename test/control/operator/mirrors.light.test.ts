import { suite } from 'node:test';
import { withOperator } from './clusters.js';
import { appearing } from './stories/appearing.js';
import { accepting } from './stories/accepting.js';
import { exporting } from './stories/exporting.js';
import { drift } from './stories/drift.js';
import { naming } from './stories/naming.js';
import { servicefields } from './stories/servicefields.js';
import { refused } from './stories/refused.js';
import { settling } from './stories/settling.js';
import { steering } from './stories/steering.js';

suite('mirrors on real API servers', { concurrency: 4 }, () => {
  const { clusters } = withOperator();

  appearing(clusters);
  drift(clusters);
  naming(clusters);
  accepting(clusters);
  settling(clusters);
  servicefields(clusters);
  steering(clusters);
  refused(clusters);
  exporting(clusters);
});
