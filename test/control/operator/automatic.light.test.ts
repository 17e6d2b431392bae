import { suite } from 'node:test';
import { withOperator } from './clusters.js';
import { converging } from './stories/converging.js';
import { handwritten } from './stories/handwritten.js';

suite('automatic mirrors on real API servers', { concurrency: 8 }, () => {
  const { clusters } = withOperator();
  handwritten(clusters);
  converging(clusters);
});
