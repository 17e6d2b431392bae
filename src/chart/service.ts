import { k8s } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { podLabels } from '../api/names.js';
import { labelsOf, type Install } from './install.js';

/** A port of our own pods to which other clusters connect. */
export interface Exposed {
  /** Name of the Service. */
  readonly name: string;
  readonly component: 'ingress' | 'egress';
  readonly port: number;
  /** Name of the Service's port. */
  readonly portName: string;
  /** The container's port. @default the one of the Service's port's name */
  readonly target?: number;
}

/** A Service to which other clusters connect, of the type that the installation chooses. */
export function addService(scope: Construct, install: Install, exposed: Exposed): void {
  const { name, component, port, portName, target } = exposed;
  const { type, externalTrafficPolicy, sourceRanges, externalIPs, annotations } = install.service;
  new k8s.KubeService(scope, 'service', {
    metadata: {
      name,
      namespace: install.namespace,
      labels: labelsOf(component, install),
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    spec: {
      type,
      // where the API server has a default, it is left to it
      ...(externalTrafficPolicy === 'Local' && { externalTrafficPolicy }),
      ...(sourceRanges.length > 0 && { loadBalancerSourceRanges: [...sourceRanges] }),
      ...(externalIPs.length > 0 && { externalIPs: [...externalIPs] }),
      selector: podLabels(component),
      ports: [
        {
          name: portName,
          port,
          targetPort:
            target === undefined ? k8s.IntOrString.fromString(portName) : k8s.IntOrString.fromNumber(target),
          protocol: 'TCP',
        },
      ],
    },
  });
}
