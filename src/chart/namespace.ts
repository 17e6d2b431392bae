import { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { partOf, type Install } from './install.js';

/** The namespace of the operator and its gateways; it enforces the `restricted` Pod Security Standard. */
export class NamespaceChart extends Chart {
  constructor(scope: Construct, id: string, { namespace }: Install) {
    super(scope, id);
    new k8s.KubeNamespace(this, 'namespace', {
      metadata: {
        name: namespace,
        labels: { ...partOf, 'pod-security.kubernetes.io/enforce': 'restricted' },
      },
    });
  }
}
