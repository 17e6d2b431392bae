import { after, before, suite } from 'node:test';
import type { Operator } from '../../driver/operator.js';
import { openStage, type OperatorStory } from './clusters.js';
import { appearing } from './stories/appearing.js';
import { accepting } from './stories/accepting.js';
import { changing } from './stories/changing.js';
import { drift } from './stories/drift.js';
import { naming } from './stories/naming.js';
import { servicefields } from './stories/servicefields.js';
import { refused } from './stories/refused.js';
import { settling } from './stories/settling.js';
import { steering } from './stories/steering.js';

suite('mirrors on real API servers', { concurrency: 4 }, () => {
  let stage: OperatorStory;
  let operator: Operator;

  before(async () => {
    stage = await openStage();
    operator = await stage.startOperator('--no-leader-election');
  });
  after(async () => {
    await operator.stop();
    await stage.close();
  });

  appearing(() => stage);
  drift(() => stage);
  changing(() => stage);
  naming(() => stage);
  accepting(() => stage);
  settling(() => stage);
  servicefields(() => stage);
  steering(() => stage);
  refused(() => stage);
});
