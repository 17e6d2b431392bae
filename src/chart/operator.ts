import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { listen } from '../api/names.js';
import type { Install } from './install.js';
import { addNetworkPolicy, anywhere, toComponent } from './network.js';
import { resources } from './pod.js';
import { addWorkload } from './workload.js';

/** The operator: a pod for each share of the Links, which leads and works, and one that follows whoever fails. */
export class OperatorChart extends Chart {
  constructor(scope: Construct, id: string, install: Install) {
    super(scope, id);
    const { namespace, shares } = install;
    addWorkload(this, install, {
      component: 'operator',
      args: ['operator', '--namespace', namespace, ...(shares > 1 ? ['--shares', String(shares)] : [])],
      replicas: shares + 1,
      ports: [],
      resources: resources('50m', '128Mi', '768Mi'),
      graceSeconds: 30,
    });
    addNetworkPolicy(this, install, {
      component: 'operator',
      ingress: [],
      egress: [anywhere, toComponent('egress', listen.applied)],
    });
  }
}
