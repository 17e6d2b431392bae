import { orderHolds } from './stories/suite.js';

const blows = ['kill egress', 'kill operator', 'kill haproxy', 'stop ingress'] as const;

for (const implementation of ['haproxy', 'node'] as const)
  orderHolds({ implementation, burst: 200, churn: 60, blows }, () => {});
