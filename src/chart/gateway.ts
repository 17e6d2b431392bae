import { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { egressPorts, listen, podLabels } from '../api/names.js';
import { labelsOf, nameOf, type Install } from './install.js';
import { addNetworkPolicy, anywhere, dns, fromAnywhere, fromComponent, fromPods, toPods } from './network.js';
import { addWorkload, resources } from './workload.js';

/** 20 s until nobody is sent to a pod that ends, 30 s for its live connections, and time to stop. */
const graceSeconds = 60;

/** Peers and the operator learn of a new pod within this time; until then the old one stays. */
const settleSeconds = 5;

/** The egress gateway: pods of this cluster come in on allocated ports, and leave towards peers under mutual TLS. */
export class EgressChart extends Chart {
  constructor(scope: Construct, id: string, install: Install) {
    super(scope, id);
    addWorkload(this, install, {
      component: 'egress',
      args: ['gateway', '--role', 'egress', '--namespace', install.namespace],
      ports: [{ name: 'applied', containerPort: listen.applied }],
      resources: resources('100m', '128Mi', '512Mi'),
      graceSeconds,
      settleSeconds,
    });
    addNetworkPolicy(this, install, {
      component: 'egress',
      ingress: [
        fromPods({ port: egressPorts.first, endPort: egressPorts.last }),
        fromComponent('operator', listen.applied),
      ],
      egress: [dns, anywhere],
    });
  }
}

/** The ingress gateway: peers come in on one TLS port, and are led to what is exported to them. */
export class IngressChart extends Chart {
  constructor(scope: Construct, id: string, install: Install) {
    super(scope, id);
    const port = { name: 'gateway', containerPort: listen.ingress };
    addWorkload(this, install, {
      component: 'ingress',
      args: ['gateway', '--role', 'ingress', '--namespace', install.namespace],
      ports: [port],
      resources: resources('100m', '128Mi', '512Mi'),
      graceSeconds,
      settleSeconds,
    });
    new k8s.KubeService(this, 'service', {
      metadata: {
        name: nameOf('ingress'),
        namespace: install.namespace,
        labels: labelsOf('ingress', install),
      },
      spec: {
        type: 'LoadBalancer',
        selector: podLabels('ingress'),
        ports: [
          {
            name: port.name,
            port: listen.ingress,
            targetPort: k8s.IntOrString.fromString(port.name),
            protocol: 'TCP',
          },
        ],
      },
    });
    addNetworkPolicy(this, install, {
      component: 'ingress',
      ingress: [fromAnywhere(listen.ingress)],
      egress: [dns, anywhere, toPods],
    });
  }
}
