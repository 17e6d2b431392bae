import { listen, managedBy } from '../api/names.js';
import { systemClock } from '../runtime/clock.js';
import { createKube } from '../runtime/kube.js';
import { loadLocal } from '../runtime/local.js';
import type { Log } from '../runtime/log.js';
import { createMetrics } from '../runtime/metrics.js';
import { startServer } from '../runtime/server.js';
import type { GatewaySettings, Implementation } from '../gateway/model.js';
import { createResolver } from '../net/resolve.js';
import type { Cidr } from '../net/cidr.js';
import type { Agent, AgentOptions } from '../gateway/agent/agent.js';
import { tellBounds } from '../gateway/agent/bounds.js';
import { createEgressAgent, type EgressAgentOptions } from '../gateway/agent/egress.js';
import { createIngressAgent } from '../gateway/agent/ingress.js';
import { createGatewayMetrics } from '../gateway/agent/metrics.js';

/** The options of a gateway process, out of its flags. */
export interface GatewayCommandOptions {
  /** File with the credentials of the local cluster; absent: those that kubectl finds, or those of the pod. */
  readonly kubeconfig?: string;
  /** The operator's namespace. */
  readonly namespace: string;
  readonly role: 'egress' | 'ingress';
  readonly implementation: Implementation;
  /** Most connections at once, of all links. @default 8_000, fewer where fewer files may be open */
  readonly maxConnections?: number;
  /** Address on which the gateway listens for traffic: the pod's own IP; absent: all. */
  readonly address?: string;
  /** Ingress: the domain of our own services' DNS names. @default 'cluster.local' */
  readonly clusterDomain?: string;
  /** Ingress: networks whose connections must begin with a PROXY protocol header. @default none */
  readonly proxies?: readonly Cidr[];
  readonly ports?: {
    /** Ingress: mutual TLS. @default listen.ingress */
    readonly ingress?: number;
    /** Egress: the applied state, for the operator. @default listen.applied */
    readonly applied?: number;
    /** Egress: where gateways of peers dial in. @default listen.dialIn */
    readonly dialIn?: number;
  };
  /** `host:port` of /livez, /readyz and /metrics. @default all addresses, listen.health */
  readonly metricsAddress?: string;
  /** How long a gateway that is to stop waits until no slice lists it. @default 60_000 ms */
  readonly leaveMs?: number;
  /** How long live connections may then still last. @default 30_000 ms */
  readonly drainMs?: number;
  readonly log: Log;
}

/** Where a process reaches what listens on all addresses of its host. */
const loopback = '127.0.0.1';

/** Runs one gateway until the signal has aborted and the drain is over; throws when it cannot start. */
export async function runGateway(options: GatewayCommandOptions, signal: AbortSignal): Promise<void> {
  const { namespace, role, leaveMs = 60_000, drainMs = 30_000 } = options;
  const { metricsAddress = `0.0.0.0:${listen.health}` } = options;
  await options.implementation.check();
  const clock = systemClock;
  const log = options.log.child({ role });
  const metrics = createMetrics({ process: true });
  const kube = createKube(await loadLocal(options.kubeconfig), { fieldManager: managedBy, metrics, clock });
  const { events: counted, keep, applied, outcome, reports } = createGatewayMetrics(metrics);
  const { events, close: closeBounds } = tellBounds(counted, { clock, log });
  const told = { onLinks: keep, onApplied: applied, onOutcome: outcome };
  const common = { kube, namespace, clock, log, leaveMs, drainMs, ...told };
  const agent = agentOf(options, { ...common, events, onReports: reports });
  const { live, ready } = agent;
  const health = await startServer({ address: metricsAddress, live, ready, metrics });
  try {
    await agent.run(signal);
  } finally {
    closeBounds();
    await Promise.all([health.close(), kube.close()]);
  }
}

function agentOf(
  options: GatewayCommandOptions,
  common: AgentOptions & Pick<GatewaySettings, 'events'> & Pick<EgressAgentOptions, 'onReports'>,
): Agent {
  const { role, address, maxConnections: connections, ports, implementation } = options;
  const { clusterDomain = 'cluster.local', proxies = [] } = options;
  const { clock, log, events } = common;
  const where = address === undefined ? {} : { address };
  const caps = connections === undefined ? {} : { connections };
  const settings = { ...where, clock, log, caps, ...(events && { events }) };
  const resolver = createResolver({ clock });
  switch (role) {
    case 'egress':
      return createEgressAgent({
        ...{ ...common, resolver, applied: { ...where, port: ports?.applied ?? listen.applied } },
        dialIn: { ...where, port: ports?.dialIn ?? listen.dialIn },
        gateway: (given) => implementation.egress({ ...settings, ...given, resolver }),
      });
    case 'ingress': {
      const port = ports?.ingress ?? listen.ingress;
      return createIngressAgent({
        ...common,
        dialling: { resolver, ingress: { host: address ?? loopback, port, proxies } },
        gateway: (given) => implementation.ingress({ ...settings, ...given, port, clusterDomain, proxies }),
      });
    }
    default:
      role satisfies never;
      throw new Error(`role ${String(role)}: use egress or ingress`);
  }
}
