import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { egressPorts, listen, ownNames } from '../api/names.js';
import type { ImplementationName } from '../gateway/implementations.js';
import { alone, type Beside, besideAgent } from './haproxy.js';
import type { Install } from './install.js';
import { addNetworkPolicy, anywhere, fromAnywhere, fromComponent, fromPods, toPods } from './network.js';
import { addService } from './service.js';
import { addWorkload, type Workload } from './workload.js';

/** Time to stop, in addition to the time that a gateway waits. */
const stopSeconds = 10;

/** Time in which peers and the operator learn of a new pod; until then the old pod stays. */
const settleSeconds = 5;

/** Implementations of which a part runs in containers of its own. */
const besides: Partial<Record<ImplementationName, (install: Install) => Beside>> = { haproxy: besideAgent };

/** The common part of both gateways. */
function gatewayOf(role: 'egress' | 'ingress', install: Install): Omit<Workload, 'ports'> {
  const { namespace, gateways } = install;
  const { implementation, maxConnections, leaveSeconds, drainSeconds } = gateways;
  const beside = besides[implementation]?.(install) ?? alone;
  return {
    component: role,
    args: [
      ...['gateway', '--role', role, '--namespace', namespace],
      ...(maxConnections === undefined ? [] : ['--max-connections', `${maxConnections}`]),
      ...['--leave-timeout', `${leaveSeconds}s`, '--drain-timeout', `${drainSeconds}s`],
      ...['--implementation', implementation],
    ],
    resources: beside.agent,
    graceSeconds: leaveSeconds + drainSeconds + stopSeconds,
    settleSeconds,
    beside,
  };
}

/**
 * The egress gateway: pods of this cluster connect to allocated ports, and the gateway connects to peers under mutual
 * TLS.
 */
export class EgressChart extends Chart {
  constructor(scope: Construct, id: string, install: Install) {
    super(scope, id);
    addWorkload(this, install, {
      ...gatewayOf('egress', install),
      ports: [{ name: 'applied', containerPort: listen.applied }],
    });
    addNetworkPolicy(this, install, {
      component: 'egress',
      ingress: [
        fromPods({
          ...{ port: egressPorts.first, endPort: egressPorts.last },
          namespaces: install.mirrorNamespaces,
        }),
        fromComponent('operator', listen.applied),
      ],
      egress: [anywhere],
    });
  }
}

/** The ingress gateway: peers connect to one TLS port, and reach what is exported to them. */
export class IngressChart extends Chart {
  constructor(scope: Construct, id: string, install: Install) {
    super(scope, id);
    const port = { name: 'gateway', containerPort: listen.ingress };
    const workload = gatewayOf('ingress', install);
    const proxies = install.gateways.proxyProtocolFrom;
    addWorkload(this, install, {
      ...workload,
      args: [...workload.args, ...(proxies.length > 0 ? ['--proxy-protocol-from', proxies.join()] : [])],
      ports: [port],
    });
    addService(this, install, {
      name: ownNames.ingress,
      component: 'ingress',
      port: listen.ingress,
      portName: port.name,
    });
    addNetworkPolicy(this, install, {
      component: 'ingress',
      ingress: [fromAnywhere(listen.ingress)],
      egress: [anywhere, toPods],
    });
  }
}
