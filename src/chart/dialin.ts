import { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { listen, ownNames, podLabels } from '../api/names.js';
import { labelsOf, type Install } from './install.js';
import { fromAnywhere } from './network.js';
import { addService } from './service.js';

/**
 * Opens the port where clusters dial in that only dial out. Only a cluster with a Link of `direction: Accept` needs it, so it
 * is no part of the installation.
 */
export class DialInChart extends Chart {
  constructor(scope: Construct, id: string, install: Install) {
    super(scope, id);
    const port = listen.dialIn;
    const [name, component] = [ownNames.dialIn, 'egress'] as const;
    addService(this, install, { name, component, port, portName: 'dial-in', target: port });
    // it adds to what the gateway's own policy allows
    new k8s.KubeNetworkPolicy(this, 'network', {
      metadata: { name, namespace: install.namespace, labels: labelsOf(component, install) },
      spec: {
        podSelector: { matchLabels: podLabels(component) },
        policyTypes: ['Ingress'],
        ingress: [fromAnywhere(port)],
      },
    });
  }
}
