import type { Blow } from './plan.js';
import { orderHolds } from './stories/suite.js';

/** Each process ends in both ways, HAProxy in the one in which it can. */
const round: readonly Blow[] = [
  'kill egress',
  'stop egress',
  'kill operator',
  'kill haproxy',
  'stop ingress',
  'kill pod',
  'stop operator',
  'kill ingress',
];

for (const implementation of ['haproxy', 'node'] as const)
  orderHolds({ implementation, burst: 200, churn: 500, blows: [...round, ...round] }, (line) =>
    console.log(line),
  );
